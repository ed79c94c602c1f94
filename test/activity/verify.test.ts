import assert from 'node:assert/strict';
import { beforeEach, it } from 'node:test';
import { requestBackfill } from '../../src/activity/backfill.js';
import type { ActivityEvent } from '../../src/activity/event.js';
import { relayOnce } from '../../src/activity/relay.js';
import { type ActivityCheck, verifyActivity } from '../../src/activity/verify.js';
import { addUser, deleteUser } from '../../src/social/accounts.js';
import { createComment } from '../../src/social/comments.js';
import { follow, unfollow } from '../../src/social/follow.js';
import { like, unlike } from '../../src/social/likes.js';
import { createPost, deletePost } from '../../src/social/posts.js';
import { socialdb } from '../support/socialdb.js';
import { openStores } from '../support/stores.js';
import { describeOnEachStore } from './activity-stores.js';

const RIGHT = { users: 0, follows: 0, posts: 0, comments: 0, likes: 0, events: 0 };

/** `{users: 0, …}`: how many are wrong by each check. */
function wrongOf(checks: readonly ActivityCheck[]): Record<string, number> {
  return Object.fromEntries(
    checks.map(({ name, wrong }) => [name.replace('activity-', ''), wrong]),
  );
}

describeOnEachStore('activity verify', (activity) => {
  const sql = () => activity.database.sql;
  const verify = (repair = false) => verifyActivity(sql(), activity.store, { repair });
  const wrong = async (repair = false) => wrongOf(await verify(repair));
  const relay = () => relayOnce(sql(), activity.store);
  let post = '';

  /** Everybody joins, posts, follows, comments and likes, and takes some of it back. */
  beforeEach(async () => {
    await activity.clear();
    await sql()`TRUNCATE users, outbox, activity_backfill CASCADE`;
    const stores = openStores({ databaseUrl: activity.database.url });
    for (const name of ['alice', 'bob', 'carol']) await addUser(sql(), name, `${name}@example.org`);
    ({ id: post } = await createPost(stores, { author: 'alice', content: 'kept' }));
    const { id: gone } = await createPost(stores, { author: 'alice', content: 'gone' });
    for (const id of [post, gone]) {
      await createComment(sql(), 'bob', id, 'well');
      await createComment(sql(), 'carol', id, 'well');
      await like(sql(), 'bob', id);
      await like(sql(), 'carol', id);
    }
    await follow(stores, 'alice', 'bob');
    await follow(stores, 'bob', 'alice');
    await follow(stores, 'carol', 'alice');
    await unlike(sql(), 'bob', post);
    await unfollow(stores, 'alice', 'bob');
    await follow(stores, 'alice', 'bob');
    await deletePost(stores, gone);
    await deleteUser(stores, 'carol');
    await stores.close();
  });

  it('finds nothing where each event waits, is delivered, or has come to its end', async () => {
    assert.deepEqual(await wrong(), RIGHT);
    await relay();
    const checks = await verify();
    assert.deepEqual(wrongOf(checks), RIGHT);
    assert.deepEqual(
      checks.map(({ checked }) => checked),
      [2, 2, 1, 1, 0, 17],
    );
  });

  it('finds nothing while a bulk load waits for the relay', async () => {
    await sql()`TRUNCATE outbox`;
    await sql().begin(requestBackfill);
    assert.deepEqual(await wrong(), RIGHT);
    await sql()`DELETE FROM activity_backfill WHERE source = 'posts'`;
    assert.deepEqual(await wrong(), { ...RIGHT, posts: 1 });
  });

  it('finds rows without an event, and writes the events that they would have had', async () => {
    const waiting = await sql()<{ event: ActivityEvent }[]>`
      SELECT event FROM outbox WHERE event ->> 'type' IN ('joined', 'liked') OR event #>> '{object,id}' = ${post}`;
    await like(sql(), 'bob', post);
    await sql()`DELETE FROM outbox WHERE event ->> 'type' IN ('joined', 'liked')
                OR event #>> '{object,id}' = ${post}`;
    await relay();
    const expected = { ...RIGHT, users: 2, posts: 1, likes: 1 };
    assert.deepEqual(await wrong(), expected);
    const repaired = await verify(true);
    assert.deepEqual(wrongOf(repaired), expected);
    for (const { wrong, repaired: right } of repaired) assert.equal(right, wrong);
    assert.deepEqual(await wrong(), RIGHT);
    const posted = waiting.find(
      ({ event: { type, object } }) => type === 'posted' && object.id === post,
    );
    assert.deepEqual(await activity.store.find([posted?.event.id ?? '']), [posted?.event]);
  });

  it('finds what is told twice, and takes out the one too many', async () => {
    await relay();
    const [posted] = await activity.store.read(
      { types: ['posted'] },
      { order: 'newest', limit: 1 },
    );
    assert.ok(posted);
    const double = { ...posted.event, id: '00000000-0000-4000-8000-00000000abcd' };
    await activity.store.insert([double]);
    assert.deepEqual(await wrong(), { ...RIGHT, events: 1 });
    assert.deepEqual(await wrong(true), { ...RIGHT, events: 1 });
    assert.deepEqual(await wrong(), RIGHT);
    assert.deepEqual(await activity.store.known([double.id, posted.id]), [posted.id]);
  });

  it('finds events of what is gone without a word, and writes that it is', async () => {
    await relay();
    await sql()`DELETE FROM followers USING users WHERE id = follower_id AND username = 'bob'`;
    await sql()`DELETE FROM comments`;
    await sql()`DELETE FROM posts`;
    assert.deepEqual(await wrong(), { ...RIGHT, events: 3 });
    const [events] = (await verify(true)).slice(-1);
    assert.deepEqual([events?.wrong, events?.repaired], [3, 3]);
    assert.deepEqual(await wrong(), RIGHT, 'what waits in the outbox counts');
    await relay();
    assert.deepEqual(await wrong(), RIGHT);
    const told = await activity.store.read(
      { types: ['deleted', 'unfollowed'] },
      { order: 'newest', limit: 3 },
    );
    assert.deepEqual(
      told
        .map(({ event: { actor, type, object } }) => `${actor.name} ${type} ${object.kind}`)
        .sort(),
      ['alice deleted post', 'bob deleted comment', 'bob unfollowed user'],
    );
  });

  it('does not take a row of another time for the one that an event tells of', async () => {
    await relay();
    await sql()`UPDATE posts SET created_at = created_at - interval '1 day'`;
    assert.deepEqual(await wrong(), { ...RIGHT, posts: 1, events: 1 });
    const checks = await verify(true);
    assert.deepEqual(
      checks.slice(-1).map(({ wrong, repaired }) => [wrong, repaired]),
      [[1, 0]],
      'nothing has ended',
    );
  });

  it('does not miss what has expired', async () => {
    await sql()`UPDATE posts SET created_at = created_at - interval '3 days'`;
    await sql()`DELETE FROM outbox WHERE event ->> 'type' IN ('posted', 'commented')`;
    await relay();
    assert.deepEqual(await wrong(), { ...RIGHT, posts: 1, comments: 1 });
    await activity.store.setTtl(86_400_000);
    const found = await wrong();
    await activity.store.setTtl(undefined);
    assert.deepEqual(found, { ...RIGHT, comments: 1 });
  });

  it('ends with exit 1 where something is wrong, and 0 once that is repaired', async () => {
    const env = { DATABASE_URL: activity.database.url, MONGODB_URL: activity.mongodbUrl };
    const run = (...args: string[]) => socialdb(['activity', 'verify', ...args], { env });
    assert.equal((await run()).exitCode, 0);
    await sql()`DELETE FROM outbox WHERE event ->> 'type' = 'commented'`;
    const { stdout, stderr, exitCode } = await run();
    assert.equal(exitCode, 1);
    assert.match(stdout, /^comments without an event +1 +1 +0$/m);
    assert.match(stderr, /differ in 1 place\n.*--repair/);
    const repaired = await run('--repair', '--json');
    assert.equal(repaired.exitCode, 0);
    const { store, checks } = JSON.parse(repaired.stdout);
    assert.equal(store, activity.store.name);
    assert.deepEqual(checks[3], { name: 'activity-comments', checked: 1, wrong: 1, repaired: 1 });
    assert.equal((await run()).exitCode, 0);
  });

  it('accuses nobody while writers and relays are at work', { timeout: 60_000 }, async (test) => {
    const stores = openStores({ databaseUrl: activity.database.url });
    const stop = new AbortController();
    const busy = AbortSignal.any([stop.signal, test.signal]);
    const restless = Array.from({ length: 4 }, async (_, writer) => {
      const name = `w${writer}`;
      for (let n = 0; !busy.aborted; n++) {
        await addUser(sql(), name, `${name}@example.org`);
        const { id } = await createPost(stores, { author: name, content: `post ${n}` });
        await follow(stores, name, 'alice');
        await like(sql(), name, id);
        await createComment(sql(), name, post, 'again');
        await unfollow(stores, name, 'alice');
        if (n % 2) await deletePost(stores, id);
        if (n % 5 === 4) await deleteUser(stores, name);
      }
    });
    const relays = Array.from({ length: 2 }, async () => {
      while (!busy.aborted) await relayOnce(sql(), activity.store, { batchSize: 5, lanes: 1 });
    });
    for (let round = 0; round < 15; round++) assert.deepEqual(await wrong(), RIGHT);
    stop.abort();
    await Promise.all([...restless, ...relays]);
    await stores.close();
    await relay();
    assert.ok((await activity.count()) > 100);
    assert.deepEqual(await wrong(), RIGHT);
  });
});
