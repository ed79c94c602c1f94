import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { withActivityStore } from '../../src/activity/open.js';
import { relayOnce } from '../../src/activity/relay.js';
import { healer } from '../../src/feed/heal.js';
import { readFeed } from '../../src/feed/page.js';
import { follow, unfollow } from '../../src/social/follow.js';
import { createPost } from '../../src/social/posts.js';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';
import { useRedis } from '../support/redis.js';
import { openStores, type TestStores } from '../support/stores.js';

describe('a writer that died between its commit and its SET', () => {
  const database = useDatabase();
  const redis = useRedis();
  let stores: TestStores;
  let dying: TestStores;
  before(async () => {
    stores = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    // It commits, and never comes to Redis.
    dying = openStores({ databaseUrl: database.url });
    await addPeople(database.sql, 'alice', 'bob');
    await follow(stores, 'alice', 'bob');
  });
  after(() => Promise.all([stores.close(), dying.close()]));

  const texts = async () => {
    const page = await readFeed(stores, 'alice', { limit: 20, strategy: 'auto', cache: true });
    return page.posts.map(({ content }) => content);
  };
  const relay = (through: TestStores) =>
    withActivityStore(through, 10_000, (store) =>
      relayOnce(database.sql, store, { beforeDelete: healer(through) }),
    );

  it('leaves a page stale until the relay has carried its event', async () => {
    assert.deepEqual(await texts(), []);
    await createPost(dying, { author: 'bob', content: 'unseen' });
    assert.deepEqual(await texts(), [], 'the page is cached, and nobody has said that it changed');
    assert.equal((await relay(stores)).remaining, 0);
    assert.deepEqual(await texts(), ['unseen']);
    await unfollow(dying, 'alice', 'bob');
    await relay(stores);
    assert.deepEqual(await texts(), []);
  });

  it('keeps its event in the outbox while the relay cannot reach Redis', async () => {
    await follow(dying, 'alice', 'bob');
    const cut = openStores({ databaseUrl: database.url, redisUrl: 'redis://127.0.0.1:1' });
    assert.equal((await relay(cut)).remaining, 1);
    await cut.close();
    await database.sql`UPDATE outbox SET retry_at = '-infinity'`;
    assert.equal((await relay(stores)).remaining, 0);
    assert.deepEqual(await texts(), ['unseen']);
  });
});
