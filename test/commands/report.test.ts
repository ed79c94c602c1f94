import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Report } from '../../src/tuning/report/report.js';
import { BROWSER, visit } from '../support/browser.js';
import { servers, useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';
import { socialdb } from '../support/socialdb.js';

const skip = BROWSER ? false : 'no Chromium on PATH';

describe('socialdb report', () => {
  const database = useDatabase();
  let folder = '';
  before(async () => {
    const { sql } = database;
    folder = await mkdtemp(join(tmpdir(), 'socialdb-report-'));
    await addNetwork(sql, { users: 300, follows: 5_000, posts: 30_000, seed: 0.2 });
    await sql`
      UPDATE posts SET metadata = jsonb_build_object('tags', jsonb_build_array(
        'all', '<b>' || abs(hashtext(content) % 3000)))`;
    await sql`VACUUM FULL posts`;
    await sql`VACUUM ANALYZE posts`;
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const run = (args: string[], env: Record<string, string> = {}) =>
    socialdb(['report', ...args], { env: { DATABASE_URL: database.url, ...env } });

  it('measures each thing that it reports', async () => {
    const { stdout, exitCode, stderr } = await run(['--json'], {
      REDIS_URL: servers.redisUrl ?? '',
    });
    assert.equal(exitCode, 0, stderr);
    const report = JSON.parse(stdout) as Report;
    assert.ok('measured' in report.feed && report.feed.measured.sameRows);
    assert.ok('measured' in report.composite);
    assert.deepEqual(report.composite.measured.indexes, ['idx_posts_composite_user_date']);
    assert.equal(report.searches.length, 2);
    const [frequent, rare] = report.searches;
    assert.equal(frequent?.tag.tag, 'all');
    assert.ok(rare && 'measured' in rare.search);
    const [without, having] = rare.search.measured.legs;
    assert.ok(without && having && without.buffers.hit > having.buffers.hit);
    assert.ok('measured' in report.strategies && report.strategies.measured.sameRows);
    assert.equal(report.strategies.measured.contests.length, 3);
    assert.ok(report.sizes.some(({ table, rows }) => table === 'posts' && rows === 30_000));
    assert.ok(report.settings.some(({ name }) => name === 'shared_buffers'));
    if (!servers.redisUrl) return;
    assert.ok('measured' in report.cache);
    for (const { hits, runs, hitMs } of report.cache.measured) {
      assert.equal(hits, runs);
      assert.ok(hitMs !== null && hitMs > 0);
    }
  });

  it('writes Markdown, with every figure of its tables from a measurement', async () => {
    const { stdout, exitCode } = await run([]);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^# Performance Optimization Report\n/);
    assert.match(
      stdout,
      /\| @user\d+, follows \d+ \(median\) \| without \| (Parallel )?Seq Scan \|/,
    );
    assert.match(stdout, /## The cache[^#]*Not measured: there is no Redis/);
    assert.match(stdout, /The tag \\<b\\>\d+, which 1 of the newest/);
    assert.match(stdout, /## What to do next\n\nNothing/);
    assert.doesNotMatch(stdout, /undefined|NaN|\[object/);
  });

  it('names what to do where an index is missing', async () => {
    const { sql } = database;
    await sql`ALTER INDEX idx_posts_metadata_gin RENAME TO away`;
    const { stdout } = await run([]);
    await sql`ALTER INDEX away RENAME TO idx_posts_metadata_gin`;
    assert.match(stdout, /```sh\nsocialdb index add idx_posts_metadata_gin\n```/);
  });

  it('writes a page with charts that asks nobody for anything', { skip }, async () => {
    const file = join(folder, 'report.html');
    const { exitCode, stdout, stderr } = await run(['--out', file]);
    assert.deepEqual([exitCode, stdout], [0, '']);
    assert.match(stderr, /wrote .*report\.html/);
    const page = await readFile(file, 'utf8');
    assert.ok((page.match(/<svg /g)?.length ?? 0) >= 4);
    assert.doesNotMatch(page, /<script|<b>|NaN/);
    const { dom, requests } = await visit(page);
    assert.deepEqual(requests, []);
    assert.match(dom, /Performance Optimization Report/);
  });

  it('refuses other kinds of files, and folders that are not there', async () => {
    const unknown = await run(['--out', 'report.pdf']);
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /ends in \.md or \.html/);
    const nowhere = await run(['--out', join(folder, 'nowhere', 'report.md')]);
    assert.equal(nowhere.exitCode, 1);
    assert.match(nowhere.stderr, /cannot be written/);
  });
});

describe('socialdb report of an empty database', () => {
  const database = useDatabase();

  it('says what to do first', async () => {
    const { exitCode, stderr } = await socialdb(['report'], {
      env: { DATABASE_URL: database.url },
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /nobody follows anybody here.*\nrun: socialdb seed/);
  });
});
