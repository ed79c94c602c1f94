import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MAX_FOLLOWEES } from '../../src/feed/timeline.js';
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
    const { stdout, exitCode, stderr } = await run(['--json', '--grow', '500,5k'], {
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
    assert.ok('measured' in report.growth);
    assert.deepEqual(
      report.growth.measured.sizes.map(({ posts, sameRows }) => [posts, sameRows]),
      [
        [500, true],
        [5_000, true],
      ],
    );
    assert.ok(report.sizes.some(({ table, rows }) => table === 'posts' && rows === 30_000));
    assert.ok(report.settings.some(({ name }) => name === 'shared_buffers'));
    if (!servers.redisUrl) return;
    assert.ok('measured' in report.cache);
    for (const { followees, hits, runs, hitMs } of report.cache.measured) {
      assert.equal(hits, followees > MAX_FOLLOWEES ? 0 : runs);
      assert.equal(hitMs !== null && hitMs > 0, followees <= MAX_FOLLOWEES);
    }
  });

  it('writes Markdown, with every figure of its tables from a measurement', async () => {
    const { stdout, exitCode } = await run(['--no-grow']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /## How it grows[^#]*Not measured: it was not asked for/);
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
    const [gin] = await sql<{ definition: string }[]>`
      SELECT pg_get_indexdef('idx_posts_metadata_gin'::regclass) AS definition`;
    await sql`DROP INDEX idx_posts_metadata_gin`;
    const { stdout } = await run(['--no-grow']);
    await sql.unsafe(gin?.definition ?? '');
    assert.match(stdout, /```sh\nsocialdb index add idx_posts_metadata_gin\n```/);
  });

  it('writes a page with charts that asks nobody for anything', { skip }, async () => {
    const file = join(folder, 'report.html');
    const { exitCode, stdout, stderr } = await run(['--grow', '500,5k', '--out', file]);
    assert.deepEqual([exitCode, stdout], [0, '']);
    assert.match(stderr, /wrote .*report\.html/);
    const page = await readFile(file, 'utf8');
    assert.ok((page.match(/<svg /g)?.length ?? 0) >= 6);
    const lines = page.match(
      /<path class="(?:before|after)"[^>]* d="M [\d.]+ [\d.]+ L [\d.]+ [\d.]+"/g,
    );
    assert.equal(lines?.length, 4);
    assert.doesNotMatch(page, /<script|<b>|NaN/);
    const { dom, requests } = await visit(page);
    assert.deepEqual(requests, []);
    assert.match(dom, /Performance Optimization Report/);
  });

  it('writes Markdown with the charts of growth beside it', async () => {
    const file = join(folder, 'my report.md');
    const { exitCode, stdout } = await run(['--grow', '500,5k', '--out', file]);
    assert.deepEqual([exitCode, stdout], [0, '']);
    const written = await readFile(file, 'utf8');
    const links = [...written.matchAll(/!\[[^\]]+\]\((?<link>[^)]+)\)/g)].map(
      ({ groups }) => groups?.link ?? '',
    );
    assert.deepEqual(links, ['my%20report-growth-time.svg', 'my%20report-growth-buffers.svg']);
    for (const link of links) {
      const svg = await readFile(join(folder, decodeURI(link)), 'utf8');
      assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      assert.match(svg, /<path class="before"[^>]* d="M [\d.]+ [\d.]+ L/);
      assert.doesNotMatch(svg, /NaN|Infinity|undefined|href|<script/);
    }
  });

  it('goes on without growth where the role may make no schema', async () => {
    const { sql, url } = database;
    const role = `socialdb_report_${process.pid}`;
    await sql.unsafe(
      `CREATE ROLE ${role} LOGIN PASSWORD '${role}'; GRANT pg_read_all_data TO ${role}`,
    );
    const plain = new URL(url);
    plain.username = role;
    plain.password = role;
    const ran = await run(['--grow', '500'], { DATABASE_URL: plain.href });
    await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.match(ran.stdout, /## How it grows[^#]*Not measured: permission denied for database/);
    assert.match(ran.stdout, /measured on a temporary copy/);
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
    const file = join(tmpdir(), `socialdb-report-${process.pid}.md`);
    const { exitCode, stderr } = await socialdb(['report', '--out', file], {
      env: { DATABASE_URL: database.url },
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /nobody follows anybody here.*\nrun: socialdb seed/);
    assert.ok(!existsSync(file), 'no empty report is left');
  });
});
