import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { countBackfill, requestBackfill } from '../../src/activity/backfill.js';
import type { ActivityEvent } from '../../src/activity/event.js';
import { relayOnce } from '../../src/activity/relay.js';
import type { ActivityStore } from '../../src/activity/store.js';
import { addUser, deleteUser } from '../../src/social/accounts.js';
import { createComment } from '../../src/social/comments.js';
import { follow, unfollow } from '../../src/social/follow.js';
import { like, unlike } from '../../src/social/likes.js';
import { createPost, deletePost } from '../../src/social/posts.js';
import type { Sql } from '../../src/stores/postgres.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';
import { openStores } from '../support/stores.js';
import { describeOnEachStore } from './activity-stores.js';

/** Writes a network as a bulk load does, without an outbox row. */
async function load(sql: Sql): Promise<number> {
  await addNetwork(sql, { users: 60, follows: 500, posts: 300, seed: 0.6 });
  await sql.begin(async (transaction) => {
    await transaction`
      INSERT INTO likes (user_id, post_id)
      SELECT u.id, p.id FROM users u, posts p WHERE hashtext(u.id::text || p.id) % 40 = 0`;
    await transaction`
      INSERT INTO comments (user_id, post_id, content)
      SELECT user_id, post_id, 'nice' FROM likes WHERE hashtext(user_id || 'c' || post_id) % 5 = 0`;
    await requestBackfill(transaction);
  });
  const [row] = await sql<{ count: number }[]>`SELECT count(*) FROM activity_source()`;
  return row?.count ?? 0;
}

async function countsByType(store: ActivityStore): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { type, count } of await store.countBy('day', {})) {
    counts[type] = (counts[type] ?? 0) + count;
  }
  return counts;
}

describeOnEachStore('a backfill', (activity) => {
  let rows = 0;
  before(async () => {
    rows = await load(activity.database.sql);
  });

  it('goes on where a relay that died had come to', async () => {
    const { sql } = activity.database;
    assert.equal(await countBackfill(sql), rows);
    const { store } = activity;
    let batches = 0;
    const dying: ActivityStore = {
      ...store,
      insert: async (events) => {
        if (++batches > 4) throw new Error('killed');
        return store.insert(events);
      },
    };
    if (store.name === 'mongodb') {
      await assert.rejects(relayOnce(sql, dying, { batchSize: 50 }), /killed/);
    } else {
      await relayOnce(sql, store, { batchSize: 50, budgetMs: 0, lanes: 1 });
    }
    const carried = await activity.count();
    assert.ok(carried >= 50 && carried < rows);
    // A batch that the store got, and nobody recorded, is counted as left.
    assert.ok((await countBackfill(sql)) >= rows - carried);
    const { relayed, backfill } = await relayOnce(sql, store, { batchSize: 50 });
    assert.equal(relayed, rows - carried);
    assert.deepEqual(backfill, []);
    assert.equal(await countBackfill(sql), 0);
    assert.equal(await activity.count(), rows);
  });

  it('has carried one event for each row that was loaded', async () => {
    const [there] = await activity.database.sql<Record<string, number>[]>`
      SELECT (SELECT count(*) FROM users) AS joined, (SELECT count(*) FROM posts) AS posted,
             (SELECT count(*) FROM followers) AS followed, (SELECT count(*) FROM likes) AS liked,
             (SELECT count(*) FROM comments) AS commented`;
    assert.deepEqual(await countsByType(activity.store), { ...there });
  });

  it('done again changes nothing, with ten relays at once', async () => {
    const { sql } = activity.database;
    await sql.begin(requestBackfill);
    await sql.begin(requestBackfill);
    await Promise.all(Array.from({ length: 10 }, () => relayOnce(sql, activity.store)));
    assert.deepEqual((await relayOnce(sql, activity.store)).backfill, []);
    assert.equal(await activity.count(), rows);
  });

  it('does not lose the events of rows that go before it comes to them', async () => {
    const { sql, url } = activity.database;
    const stores = openStores({ databaseUrl: url });
    await addUser(sql, 'late', 'late@example.org');
    const { id: post } = await createPost(stores, { author: 'late', content: 'soon gone' });
    const { id: kept } = await createPost(stores, { author: 'user1', content: 'stays' });
    await createComment(sql, 'user1', post, 'on what goes');
    await createComment(sql, 'late', kept, 'by who goes');
    await like(sql, 'user1', post);
    await like(sql, 'late', kept);
    await follow(stores, 'late', 'user1');
    await follow(stores, 'user1', 'late');
    // As if all of this had been loaded.
    await sql`TRUNCATE outbox`;
    await sql.begin(requestBackfill);

    await unlike(sql, 'late', kept);
    await unfollow(stores, 'late', 'user1');
    await deletePost(stores, post);
    await deleteUser(stores, 'late');
    await relayOnce(sql, activity.store);
    await stores.close();

    const events = await activity.store.read({}, { order: 'newest', limit: 1_000 });
    const told = events
      .filter(({ event }) => JSON.stringify(event).includes('"late"'))
      .map(({ event }) => `${event.actor.name} ${event.type} ${event.object.kind}`);
    assert.deepEqual(told.sort(), [
      'late commented comment',
      'late deleted post',
      'late deleted user',
      'late followed user',
      'late joined user',
      'late liked post',
      'late posted post',
      'late unfollowed user',
      'late unliked post',
      'user1 commented comment',
      'user1 followed user',
      'user1 liked post',
    ]);
  });
});

describe('the event of a row', () => {
  const database = useDatabase();

  it('is the one that its verb wrote', async () => {
    const { sql } = database;
    const stores = openStores({ databaseUrl: database.url });
    await addUser(sql, 'alice', 'alice@example.org');
    await addUser(sql, 'Bob', 'bob@example.org');
    await follow(stores, 'alice', 'bob');
    const { id } = await createPost(stores, {
      author: 'bob',
      content: 'ünïcode '.repeat(40),
      tags: ['sql', 'test'],
      metadata: '{"more": 1}',
    });
    await createComment(sql, 'alice', id, 'so true');
    await like(sql, 'alice', id);
    await stores.close();
    const written = await sql<{ event: ActivityEvent }[]>`SELECT event FROM outbox ORDER BY id`;
    const derived = await sql<{ event: ActivityEvent }[]>`
      SELECT event FROM activity_source() ORDER BY (event ->> 'id')::uuid`;
    assert.equal(written.length, 6);
    assert.deepEqual([...derived], [...written]);
  });
});
