import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { traceRead } from '../../src/tuning/read-path.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';
import { openStores } from '../support/stores.js';

describe('the path of a read', () => {
  const database = useDatabase();
  const redis = useRedis();
  before(() => addNetwork(database.sql, { users: 100, follows: 1_500, posts: 2_000, seed: 0.6 }));

  const open = (redisUrl?: string) => openStores({ databaseUrl: database.url, redisUrl });

  it('names what was asked of Redis: a miss with its reason, then a hit', async () => {
    const stores = open(redis.url);
    try {
      const miss = await traceRead(stores, 'user0', 'auto', 20);
      assert.equal(miss.source, 'database');
      assert.equal(miss.cacheMiss, 'absent');
      assert.ok(miss.strategy);
      assert.match(miss.redis[0]?.keys[0] ?? '', /:timeline:/);
      assert.ok(
        miss.redis.some(
          ({ command, keys }) => command === 'SET' && /:timeline:/.test(keys[0] ?? ''),
        ),
      );
      const hit = await traceRead(stores, 'user0', 'auto', 20);
      assert.equal(hit.source, 'cache');
      assert.equal(hit.strategy, null);
      const [get, mget] = hit.redis;
      assert.deepEqual([get?.command, mget?.command], ['GET', 'MGET']);
      const [user] = await database.sql<{ followees: number }[]>`
        SELECT following_count AS followees FROM users WHERE username = 'user0'`;
      assert.equal(mget?.keys.length, (user?.followees ?? 0) + 1);
      assert.ok((mget?.ms ?? 0) > 0);
    } finally {
      await stores.close();
    }
  });

  it('is there without Redis', async () => {
    const stores = open();
    const path = await traceRead(stores, 'user0', 'auto', 20).finally(stores.close);
    assert.equal(path.cacheMiss, 'no-redis');
    assert.deepEqual(path.redis, []);
  });

  it('stands above the plan of explain feed', async () => {
    await redis.client.flushall();
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url };
    const miss = await socialdb(['explain', 'feed', 'user0'], { env });
    assert.match(miss.stdout, /^A read of @user0.*\nfrom the database: not cached yet, in .* ms\n/);
    assert.match(
      miss.stdout,
      /\nPostgreSQL +the page: feed_\w+\.sql +[\d.]+ ms\nRedis +SET timeline:/,
    );
    const hit = await socialdb(['explain', 'feed', 'user0'], { env });
    assert.match(hit.stdout, /\nfrom the cache, in .* ms\n[\s\S]*MGET \d+ keys: reader:/);
    for (const line of [...miss.stdout.split('\n'), ...hit.stdout.split('\n')]) {
      assert.ok(line.length <= 80, line);
    }
  });
});
