import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { follow, unfollow } from '../../src/social/follow.js';
import { findUser } from '../../src/social/users.js';
import { useDatabase } from '../support/database.js';
import { addPeople, driftedCounters, outboxTypes } from '../support/people.js';
import { openStores, type TestStores } from '../support/stores.js';

describe('a follow', () => {
  const database = useDatabase();
  let stores: TestStores;
  before(() => {
    stores = openStores({ databaseUrl: database.url });
  });
  after(() => stores.close());
  beforeEach(async () => {
    await database.sql`TRUNCATE users, posts, post_counters, comments, followers, likes, outbox`;
  });

  it('is the edge, both counters and the event', async () => {
    const { alice, bob } = await addPeople(database.sql, 'alice', 'bob');
    const result = await follow(stores, 'alice', '@BOB');
    assert.deepEqual(result, {
      follower: 'alice',
      followed: 'bob',
      changed: true,
      followingCount: 1,
      followersCount: 1,
    });
    const edges = await database.sql`SELECT follower_id, followed_id FROM followers`;
    assert.deepEqual([...edges], [{ follower_id: alice, followed_id: bob }]);
    assert.deepEqual(await driftedCounters(database.sql), []);
    const [event] = await database.sql`SELECT id, event FROM outbox`;
    assert.equal(event?.event.id, event?.id);
    assert.equal(event?.event.type, 'followed');
    assert.deepEqual(event?.event.actor, { id: alice, name: 'alice' });
    assert.deepEqual(event?.event.object, { kind: 'user', id: bob, name: 'bob' });
  });

  it('said twice changes nothing the second time', async () => {
    await addPeople(database.sql, 'alice', 'bob');
    await follow(stores, 'alice', 'bob');
    const again = await follow(stores, 'alice', 'bob');
    assert.equal(again.changed, false);
    assert.equal(again.followersCount, 1);
    assert.deepEqual(await outboxTypes(database.sql), ['followed']);
  });

  it('is taken back, once', async () => {
    await addPeople(database.sql, 'alice', 'bob');
    await follow(stores, 'alice', 'bob');
    assert.deepEqual((await unfollow(stores, 'alice', 'bob')).changed, true);
    assert.deepEqual((await unfollow(stores, 'alice', 'bob')).changed, false);
    assert.equal((await findUser(database.sql, 'bob')).followersCount, 0);
    assert.deepEqual(await outboxTypes(database.sql), ['followed', 'unfollowed']);
  });

  it('of oneself, or of nobody, is refused and changes nothing', async () => {
    await addPeople(database.sql, 'alice');
    await assert.rejects(follow(stores, 'alice', 'ALICE'), { code: 'self-follow' });
    await assert.rejects(follow(stores, 'alice', 'nobody'), { code: 'user-not-found' });
    assert.deepEqual(await outboxTypes(database.sql), []);
  });

  it('keeps the counters exact, without a deadlock, while everybody follows everybody', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `user${at}`);
    await addPeople(database.sql, ...names);
    const pairs = names.flatMap((a) => names.filter((b) => b !== a).map((b) => [a, b] as const));
    const crowd = Array.from({ length: 4 }, () => openStores({ databaseUrl: database.url }));
    await Promise.all(
      [...pairs, ...pairs].map(([a, b], at) => {
        const member = crowd[at % crowd.length] ?? stores;
        return at % 3 === 0 ? unfollow(member, b, a) : follow(member, a, b);
      }),
    );
    await Promise.all(crowd.map((member) => member.close()));
    assert.deepEqual(await driftedCounters(database.sql), []);
    const [edges] = await database.sql`SELECT count(*) FROM followers`;
    const [events] = await database.sql`
      SELECT count(*) FILTER (WHERE event ->> 'type' = 'followed')
           - count(*) FILTER (WHERE event ->> 'type' = 'unfollowed') AS balance
        FROM outbox`;
    assert.ok(Number(edges?.count) > 0);
    assert.equal(events?.balance, edges?.count);
  });
});
