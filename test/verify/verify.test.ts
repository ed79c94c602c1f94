import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresStore } from '../../src/activity/postgres-store.js';
import { relayOnce } from '../../src/activity/relay.js';
import { readFeed } from '../../src/feed/page.js';
import { timelineKey } from '../../src/feed/proof.js';
import { formatTimeline, parseTimeline } from '../../src/feed/timeline-text.js';
import { openCache } from '../../src/feed/versions.js';
import type { Transaction } from '../../src/stores/postgres.js';
import { runStatement, statement } from '../../src/stores/queries.js';
import { verify } from '../../src/verify/verify.js';
import { useDatabase } from '../support/database.js';
import { driftedCounters } from '../support/people.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';
import { openStores, type TestStores } from '../support/stores.js';
import { DAMAGES } from './drifts.js';

describe('verify', () => {
  const database = useDatabase();
  const redis = useRedis();
  let stores: TestStores;
  const run = (...argv: string[]) =>
    socialdb(argv, { env: { DATABASE_URL: database.url, REDIS_URL: redis.url } });
  before(async () => {
    const seeded = await run(
      ...['seed', '--users', '60', '--posts', '300', '--follows', '300'],
      ...['--comments', '100', '--likes', '400'],
    );
    assert.equal(seeded.exitCode, 0, seeded.stderr);
    stores = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    await relayOnce(database.sql, postgresStore(database.sql));
  });
  after(() => stores.close());

  /** How many each check finds wrong; without those that find nothing. */
  const wrongIn = async (repair = false) => {
    const { checks } = await verify(stores, { repair });
    const wrong = checks.filter((check) => check.wrong > 0);
    return Object.fromEntries(wrong.map(({ name, wrong, repaired }) => [name, [wrong, repaired]]));
  };

  it('finds nothing wrong in a database that is right, and looks at every row', async () => {
    const { checks } = await verify(stores, { repair: false });
    const checked = Object.fromEntries(checks.map(({ name, checked }) => [name, checked]));
    const [rows] = await database.sql<{ orphans: number }[]>`
      SELECT (SELECT count(*) FROM posts) + (SELECT count(*) FROM comments)
           + (SELECT count(*) FROM likes) + (SELECT count(*) FROM followers)
           + (SELECT count(*) FROM post_counters) AS orphans`;
    assert.equal(checked['follow-counters'], 60);
    assert.equal(checked['post-counters'], 300);
    assert.equal(checked.orphans, rows?.orphans);
    assert.deepEqual(await wrongIn(), {});
  });

  for (const { check, what, wrong, break: damage } of DAMAGES) {
    it(`finds ${what}, mends it once, and finds nothing then`, async () => {
      await damage(database.sql);
      assert.equal((await wrongIn())[check]?.[0], wrong);
      // Looking has changed nothing.
      assert.equal((await wrongIn())[check]?.[0], wrong);
      assert.deepEqual((await wrongIn(true))[check], [wrong, wrong]);
      assert.deepEqual(await wrongIn(true), {});
      assert.deepEqual(await driftedCounters(database.sql), []);
    });
  }

  it('finds a cached page that is not what the database answers, and makes it invalid', async () => {
    const [reader] = await database.sql<{ id: string; username: string }[]>`
      SELECT id, username FROM users WHERE following_count > 3 LIMIT 1`;
    assert.ok(reader);
    const read = () =>
      readFeed(stores, reader.username, { limit: 20, strategy: 'auto', cache: true });
    const right = await read();
    const cache = await openCache(stores, database.sql);
    assert.ok(cache);
    const key = timelineKey(cache, reader.id);
    const timeline = parseTimeline((await redis.client.get(key)) ?? '');
    assert.ok(timeline);
    const reversed = { ...timeline, posts: timeline.posts.reverse() };
    await redis.client.set(key, formatTimeline(reversed), 'PX', 60_000);
    assert.deepEqual(await wrongIn(), { cache: [1, 0] });
    assert.deepEqual(await wrongIn(true), { cache: [1, 1] });
    assert.deepEqual(await wrongIn(), {});
    const ids = ({ posts }: typeof right) => posts.map(({ id }) => id);
    assert.deepEqual(ids(await read()), ids(right));
  });

  it('tells what it changed, from what to what, and deleted rows whole', async () => {
    await database.sql`UPDATE users SET followers_count = followers_count + 2 WHERE username = 'alice'`;
    await DAMAGES.find(({ what }) => what === 'a comment on nothing')?.break(database.sql);
    const [alice] = await database.sql<{ followers: number }[]>`
      SELECT followers_count AS followers FROM users WHERE username = 'alice'`;
    const found = await run('verify');
    assert.equal(found.exitCode, 1);
    assert.match(found.stderr, /rows are not what/);
    assert.match(found.stderr, /socialdb verify --repair/);
    const { stdout, exitCode } = await run('verify', '--repair', '--json');
    assert.equal(exitCode, 0);
    const { checks } = JSON.parse(stdout);
    const sampleOf = (name: string) =>
      checks.find((check: { name: string }) => check.name === name).sample;
    const right = (alice?.followers ?? 0) - 2;
    assert.deepEqual(sampleOf('follow-counters'), [
      ...[{ table: 'users', row: 'alice', column: 'followers_count', found: right + 2, right }],
    ]);
    assert.equal(sampleOf('orphans')[0].was.content, 'lost');
    assert.equal((await run('verify')).exitCode, 0);
  });

  it('runs the checks that are named, and refuses a name that is none', async () => {
    const { stdout } = await run('verify', '--only', 'orphans', 'cache', '--json');
    const names = JSON.parse(stdout).checks.map(({ name }: { name: string }) => name);
    assert.deepEqual(names, ['orphans', 'cache']);
    assert.equal((await run('verify', '--only', 'everything')).exitCode, 2);
  });

  it('says that it could not ask a store that is down, and finds the rest', async () => {
    const env = { DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1' };
    const { stdout, stderr, exitCode } = await socialdb(['verify'], { env });
    assert.equal(exitCode, 3);
    assert.match(stdout, /follow-counters +60 +0 +0/);
    assert.match(stdout, /cache not checked: Redis at redis:\/\/127.0.0.1:1/);
    assert.match(stdout, /^All that was checked is what the source of truth says\.$/m);
    const alone = await socialdb(['verify', '--only', 'cache'], { env });
    assert.match(alone.stdout, /^Nothing was checked against what the source of truth says\.$/m);
    // Once, with what is wrong: no warning beside the error.
    assert.match(stderr, /^error: Redis at redis:\/\/127.0.0.1:1 refuses connections\n/m);
    assert.equal(stderr.match(/Redis at/g)?.length, 1, stderr);
    await database.sql`UPDATE users SET followers_count = followers_count + 2 WHERE username = 'alice'`;
    assert.equal((await socialdb(['verify'], { env })).exitCode, 1);
    await wrongIn(true);
  });

  it('leaves a row that somebody holds, says so, and mends it when it is free', async () => {
    await database.sql`UPDATE users SET followers_count = followers_count + 2 WHERE username IN ('alice', 'bob')`;
    const holder = await database.sql.reserve();
    await holder`BEGIN`;
    await holder`SELECT FROM users WHERE username = 'alice' FOR UPDATE`;
    assert.deepEqual(await wrongIn(true), { 'follow-counters': [2, 1] });
    await holder`ROLLBACK`;
    holder.release();
    assert.deepEqual(await wrongIn(true), { 'follow-counters': [1, 1] });
  });

  /** Runs a repair while a write, begun before it, is not yet committed. */
  async function repairDuring(write: (sql: Transaction) => Promise<unknown>) {
    let commit = () => {};
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let begun = () => {};
    const open = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const writing = database.sql.begin(async (transaction) => {
      await write(transaction);
      begun();
      await held;
    });
    await open;
    const repairing = wrongIn(true);
    const waiting = async () => {
      const rows = await database.sql`
        SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      return rows.length > 0;
    };
    while (!(await waiting())) await sleep(10);
    commit();
    await writing;
    return repairing;
  }

  it('counts anew once it has the lock: what was committed meanwhile is in', async () => {
    const [alice, bob] = await database.sql<{ id: string }[]>`
      SELECT id FROM users u WHERE NOT EXISTS (
        SELECT FROM followers WHERE follower_id = u.id
           AND followed_id = (SELECT id FROM users ORDER BY id LIMIT 1))
       ORDER BY id LIMIT 2`;
    const [post] = await database.sql<{ id: string }[]>`SELECT id FROM posts LIMIT 1`;
    if (!alice || !bob || !post) assert.fail('there is nobody');
    await database.sql`UPDATE users SET followers_count = followers_count + 2 WHERE id = ${alice.id}`;
    const follows = await repairDuring(async (sql) => {
      await runStatement(sql, statement('edge_lock', bob.id, alice.id));
      await runStatement(sql, statement('edge_follow', bob.id, alice.id));
    });
    assert.deepEqual(follows, { 'follow-counters': [1, 1] });
    await database.sql`
      INSERT INTO post_counters AS c VALUES (${post.id}, 2, 0)
      ON CONFLICT (post_id) DO UPDATE SET like_count = c.like_count + 2`;
    await database.sql`DELETE FROM likes WHERE user_id = ${bob.id} AND post_id = ${post.id}`;
    const likes = await repairDuring((sql) =>
      runStatement(sql, statement('like_create', bob.id, post.id)),
    );
    assert.deepEqual(likes['post-counters'], [1, 1]);
    assert.deepEqual(await driftedCounters(database.sql), []);
  });
});
