import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { readFeed } from '../../src/feed/page.js';
import { timelineKey } from '../../src/feed/proof.js';
import { formatTimeline, parseTimeline } from '../../src/feed/timeline-text.js';
import { openCache } from '../../src/feed/versions.js';
import { addUser } from '../../src/social/accounts.js';
import { follow, unfollow } from '../../src/social/follow.js';
import { createPost, deletePost } from '../../src/social/posts.js';
import { findUser } from '../../src/social/users.js';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';
import { useRedis } from '../support/redis.js';
import { openStores, type TestStores } from '../support/stores.js';

describe('the cached feed', () => {
  const database = useDatabase();
  const redis = useRedis();
  let stores: TestStores;
  const feed = (options = {}) =>
    readFeed(stores, 'alice', { limit: 20, strategy: 'auto', cache: true, ...options });
  const texts = async () => (await feed()).posts.map(({ content }) => content);
  const origin = async () => {
    const { source, cacheMiss } = await feed();
    return cacheMiss ?? source;
  };

  before(() => {
    stores = openStores({ databaseUrl: database.url, redisUrl: redis.url });
  });
  after(() => stores.close());
  beforeEach(async () => {
    await redis.client.flushall();
    await database.sql`TRUNCATE users, posts, post_counters, comments, followers, likes, outbox`;
    await addPeople(database.sql, 'alice', 'bob', 'carol');
    await follow(stores, 'alice', 'bob');
    await createPost(stores, { author: 'bob', content: 'one', tags: ['sql'] });
    stores.warnings.length = 0;
  });

  it('is computed once, and then the same page comes from Redis', async () => {
    const computed = await feed();
    const cached = await feed();
    assert.equal(computed.source, 'database');
    assert.equal(computed.cacheMiss, 'absent');
    assert.equal(cached.source, 'cache');
    assert.deepEqual(cached.posts, computed.posts);
  });

  it('serves shorter pages of what is cached, with a cursor that leads on', async () => {
    for (const content of ['two', 'three']) await createPost(stores, { author: 'bob', content });
    await feed();
    const first = await feed({ limit: 2 });
    assert.equal(first.source, 'cache');
    const second = await feed({ limit: 2, after: first.next });
    assert.equal(second.cacheMiss, 'not-first-page');
    assert.deepEqual(
      [...first.posts, ...second.posts].map(({ content, rank }) => `${rank} ${content}`),
      ['1 three', '2 two', '3 one'],
    );
  });

  for (const [what, write] of Object.entries({
    'a post of a followee': () => createPost(stores, { author: 'bob', content: 'new' }),
    'a follow': () => follow(stores, 'alice', 'carol'),
    'an unfollow': () => unfollow(stores, 'alice', 'bob'),
    'a deleted post': async () => {
      const [post] = (await feed()).posts;
      await deletePost(stores, post?.id ?? '');
    },
  })) {
    it(`is out of date after ${what}`, async () => {
      await feed();
      assert.equal(await origin(), 'cache');
      await write();
      const expected = (await feed({ cache: false })).posts;
      const shown = await feed();
      assert.equal(shown.cacheMiss, 'changed');
      assert.deepEqual(shown.posts, expected);
    });
  }

  it('is proved by the versions of those who are followed by now', async () => {
    await feed();
    assert.equal(await origin(), 'cache');
    await follow(stores, 'alice', 'carol');
    assert.equal(await origin(), 'changed');
    assert.equal(await origin(), 'cache');
  });

  it('is not proved by a version that was lost while it was filled', async () => {
    await feed();
    const cache = await openCache(stores, database.sql);
    assert.ok(cache);
    const idOf = async (name: string) => (await findUser(database.sql, name)).id;
    const key = timelineKey(cache, await idOf('alice'));
    const timeline = parseTimeline((await redis.client.get(key)) ?? '');
    assert.ok(timeline);
    const versions = [timeline.versions[0] ?? '', ''];
    await redis.client.set(key, formatTimeline({ ...timeline, versions }), 'PX', 60_000);
    await redis.client.del(`${cache.prefix}author:${await idOf('bob')}`);
    assert.equal(await origin(), 'changed');
  });

  it('stays after a post of somebody who is not followed', async () => {
    await feed();
    await createPost(stores, { author: 'carol', content: 'elsewhere' });
    assert.equal(await origin(), 'cache');
  });

  it('costs one SET a post, however many followers there are', async () => {
    await database.sql`
      INSERT INTO users (username) SELECT 'fan' || n FROM generate_series(1, 500) n`;
    await database.sql`
      INSERT INTO followers (follower_id, followed_id)
      SELECT fan.id, bob.id FROM users fan, users bob
       WHERE fan.username LIKE 'fan%' AND bob.username = 'bob'`;
    const sets = async () => {
      const stats = await redis.client.info('commandstats');
      return Number(/cmdstat_set:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    const earlier = await sets();
    await createPost(stores, { author: 'bob', content: 'to everybody' });
    assert.equal((await sets()) - earlier, 1);
  });

  it('survives the loss of every key, of a version, and of the timeline', async () => {
    for (const pattern of ['*', '*:author:*', '*:reader:*', '*:timeline:*']) {
      await feed();
      const keys = await redis.client.keys(pattern);
      assert.ok(keys.length > 0, pattern);
      await redis.client.del(...keys);
      assert.deepEqual(await texts(), ['one']);
      assert.equal(await origin(), 'cache');
    }
  });

  it('is read from the database when something else lies under its key', async () => {
    await feed();
    const [key = ''] = await redis.client.keys('*:timeline:*');
    const whole = (await redis.client.get(key)) ?? '';
    for (const bytes of ['', 'not JSON', '[]', '{"v":2}', whole.slice(0, -20), '\u0000\u0001']) {
      await redis.client.set(key, bytes);
      assert.equal(await origin(), 'corrupt');
      assert.equal(await origin(), 'cache', 'and is healed');
    }
    await redis.client.del(key);
    await redis.client.lpush(key, 'a list');
    assert.equal(await origin(), 'corrupt');
    assert.equal(await origin(), 'cache', 'and is healed');
  });

  it('is computed at most twice when 500 cold readers ask at once', async () => {
    const pages = await Promise.all(Array.from({ length: 500 }, () => feed()));
    for (const { posts } of pages) assert.equal(posts[0]?.content, 'one');
    const computed = pages.filter(({ source }) => source === 'database').length;
    assert.ok(computed >= 1 && computed <= 2, `computed ${computed} times`);
    assert.equal((await redis.client.keys('*:fill:*')).length, 0);
  });

  it('ends with its time to live', async () => {
    const brief = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    await readFeed({ ...brief, config: { ...brief.config, cacheTtl: 7 } }, 'alice', {
      limit: 20,
      strategy: 'auto',
      cache: true,
    });
    const [key = ''] = await redis.client.keys('*:timeline:*');
    const left = await redis.client.pttl(key);
    assert.ok(left > 0 && left <= 7_000);
    await brief.close();
  });

  it('is computed, with one warning, while Redis is full', async () => {
    await redis.client.config('SET', 'maxmemory', '1');
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    assert.deepEqual(await texts(), ['one']);
    await createPost(stores, { author: 'bob', content: 'two' });
    assert.deepEqual(await texts(), ['two', 'one']);
    assert.match(stores.warnings.join('\n'), /OOM|full/);
    await redis.client.config('SET', 'maxmemory', '0');
  });

  it('is computed, with a warning, while Redis is frozen, and after it was killed', async () => {
    redis.process.kill('SIGSTOP');
    const frozen = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    const options = { limit: 20, strategy: 'auto', cache: true };
    const page = await readFeed(frozen, 'alice', options);
    assert.equal(page.source, 'database');
    assert.equal(frozen.warnings.length, 1);
    assert.deepEqual(await texts(), ['one']);
    redis.process.kill('SIGKILL');
    const refused = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    assert.equal((await readFeed(refused, 'alice', options)).cacheMiss, 'no-redis');
    assert.equal(refused.warnings.length, 1);
    assert.deepEqual(await texts(), ['one']);
    await Promise.all([frozen.close(), refused.close()]);
  });
});

describe('a Redis that falls silent', () => {
  const database = useDatabase();
  const redis = useRedis();

  it('is warned of once, and then asked no more', async () => {
    await addUser(database.sql, 'alice', 'alice@example.org');
    const stores = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    const client = await stores.redis();
    assert.equal(client?.status, 'ready');
    redis.process.kill('SIGSTOP');
    try {
      for (let read = 0; read < 3; read++) {
        const options = { limit: 20, strategy: 'auto', cache: true };
        assert.equal((await readFeed(stores, 'alice', options)).source, 'database');
      }
      assert.equal(client?.status, 'end');
      assert.equal(stores.warnings.length, 1, stores.warnings.join('\n'));
      assert.match(stores.warnings[0] ?? '', /did not answer in time/);
    } finally {
      redis.process.kill('SIGCONT');
      await stores.close();
    }
  });
});
