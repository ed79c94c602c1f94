import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';
import { socialdb } from '../support/socialdb.js';

const COMPOSITE = 'idx_posts_composite_user_date';

describe('explain, for scripts that judge by the exit code', () => {
  const database = useDatabase();
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socialdb-baseline-'));
    await addNetwork(database.sql, { users: 300, follows: 5_000, posts: 20_000, seed: 0.2 });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const explain = (...args: string[]) =>
    socialdb(['explain', ...args], { env: { DATABASE_URL: database.url } });

  it('exits 0 where all assertions hold', async () => {
    const ran = await explain(
      ...['feed', 'user0', '--compare-index'],
      ...['--assert', 'no Seq Scan on posts', '--assert', 'Index Only Scan on posts'],
      ...['--assert', 'Index Only Scan on posts using idx_posts_newest'],
      ...[
        '--assert',
        'speedup > 0.001',
        '--assert',
        'buffers<=100000',
        '--assert',
        'median < 5000 ms',
      ],
    );
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.equal(ran.stdout.match(/^holds /gm)?.length, 6);
  });

  it('exits 1 where one does not, and says what it saw', async () => {
    for (const [expression, saw] of [
      ['buffers <= 1', /'buffers <= 1' does not hold: buffers \d+ for @user0/],
      ['rows read < 1', /rows read \d+ for @user0/],
      ['no Limit', /Limit for @user0/],
      ['Seq Scan on posts', /none for @user0: .*Limit/],
      ['speedup >= 2', /nothing is compared/],
    ] as const) {
      const ran = await explain('feed', 'user0', '--assert', expression, '--json');
      assert.equal(ran.exitCode, 1, expression);
      const { error } = JSON.parse(ran.stderr);
      assert.equal(error.code, 'assertion-failed');
      assert.match(error.message, saw);
      const { assertions } = JSON.parse(ran.stdout);
      assert.equal(assertions[0].holds, false);
    }
  });

  it('takes a Parallel Seq Scan for a Seq Scan, and reads the leg with the index', async () => {
    const ran = await explain(
      ...['feed', 'user0', '--compare-index', '--assert', 'Seq Scan on posts'],
    );
    assert.match(ran.stderr, /none for @user0/);
    const scans = join(folder, 'scans.sql');
    await writeFile(scans, 'SELECT count(content) FROM posts');
    assert.equal((await explain('sql', scans, '--assert', 'no Seq Scan on posts')).exitCode, 1);
  });

  it('exits 2 where an assertion says nothing', async () => {
    for (const [expression, hint] of [
      ['be fast', /for example/],
      ['no Sequential Scan', /did you mean Seq Scan/],
      ['buffers <= many', /for example/],
    ] as const) {
      const ran = await explain('feed', 'user0', '--assert', expression);
      assert.equal(ran.exitCode, 2);
      assert.match(ran.stderr, hint);
      assert.equal(ran.stdout, '');
    }
  });

  it('exits 1 where an assertion is about a table that is not there', async () => {
    const ran = await explain('feed', 'user0', '--assert', 'no Seq Scan on poosts');
    assert.equal(ran.exitCode, 1);
    assert.match(ran.stderr, /no table poosts/);
    assert.equal(ran.stdout, '');
  });

  it('finds the plans unchanged, then worse when an index is dropped', async () => {
    const file = join(folder, 'feed.json');
    assert.equal((await explain('feed', 'user0', '--save', file)).exitCode, 0);
    const same = await explain('feed', 'user0', '--against', file);
    assert.equal(same.exitCode, 0, same.stderr);
    assert.match(same.stdout, /the plans are what they were/);
    const [index] = await database.sql<{ definition: string }[]>`
      SELECT pg_get_indexdef(${COMPOSITE}::regclass) AS definition`;
    await database.sql.unsafe(`DROP INDEX ${COMPOSITE}`);
    const saved = await readFile(file, 'utf8');
    const worse = await explain('feed', 'user0', '--against', file, '--save', file);
    assert.equal(worse.exitCode, 1);
    assert.match(worse.stderr, /[\d,]+ buffers instead of [\d,]+/);
    assert.match(worse.stdout, new RegExp(`- (?:2 × )?Index.* Scan on posts using ${COMPOSITE}`));
    assert.equal(await readFile(file, 'utf8'), saved);
    await database.sql.unsafe(index?.definition ?? '');
  });

  it('refuses a file that is no baseline, or one of another command', async () => {
    const file = join(folder, 'search.json');
    assert.equal((await explain('search', '--tag', 'coding', '--save', file)).exitCode, 0);
    const other = await explain('feed', 'user0', '--against', file);
    assert.equal(other.exitCode, 1);
    assert.match(other.stderr, /the baseline is of search/);
    await writeFile(file, '{}');
    assert.match((await explain('feed', '--against', file)).stderr, /not written by --save/);
    assert.equal((await explain('feed', '--against', join(folder, 'none'))).exitCode, 1);
  });
});
