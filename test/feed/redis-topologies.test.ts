import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { clear } from '../../src/feed/maintain.js';
import { readFeed } from '../../src/feed/page.js';
import { cacheStats } from '../../src/feed/stats.js';
import { openCache } from '../../src/feed/versions.js';
import { follow } from '../../src/social/follow.js';
import { createPost } from '../../src/social/posts.js';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { openStores, type TestStores } from '../support/stores.js';

describe('the cached feed where Redis is several servers', () => {
  const database = useDatabase();
  const servers: TestRedis[] = [];
  let folder: string;
  const start = async (...settings: string[]) => {
    const server = await startRedis([...settings, '--dir', folder]);
    servers.push(server);
    return server;
  };
  const portOf = ({ url }: TestRedis) => new URL(url).port;
  const feed = async (stores: TestStores) => {
    const { posts, source } = await readFeed(stores, 'alice', {
      limit: 20,
      strategy: 'auto',
      cache: true,
    });
    return [source, ...posts.map(({ content }) => content)];
  };
  const within = async (redisUrl: string, work: (stores: TestStores) => Promise<void>) => {
    const stores = openStores({ databaseUrl: database.url, redisUrl });
    try {
      await work(stores);
    } finally {
      await stores.close();
    }
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socialdb-redis-'));
  });
  after(async () => {
    for (const { client, process } of servers) {
      client.disconnect();
      process.kill('SIGKILL');
    }
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    await database.sql`TRUNCATE users, posts, post_counters, comments, followers, likes, outbox`;
    await addPeople(database.sql, 'alice', 'bob', 'carol');
  });

  it('is a cluster: read, invalidated, counted and cleared on all its nodes', async () => {
    const nodes = await Promise.all(
      [0, 1, 2].map((node) =>
        start('--cluster-enabled', 'yes', '--cluster-config-file', `node-${node}.conf`),
      ),
    );
    await formCluster(nodes);
    const url = `redis+cluster://${nodes.map((node) => `127.0.0.1:${portOf(node)}`).join(',')}`;
    await within(url, async (stores) => {
      for (const name of ['bob', 'carol']) {
        await follow(stores, 'alice', name);
        await createPost(stores, { author: name, content: `of ${name}` });
      }
      assert.deepEqual(await feed(stores), ['database', 'of carol', 'of bob']);
      assert.deepEqual(await feed(stores), ['cache', 'of carol', 'of bob']);
      await createPost(stores, { author: 'bob', content: 'new' });
      assert.deepEqual(await feed(stores), ['database', 'new', 'of carol', 'of bob']);

      const cache = await openCache(stores, stores.postgres());
      assert.ok(cache);
      const { hits, keys } = await cacheStats(cache);
      assert.deepEqual({ hits, keys }, { hits: 1, keys: { timelines: 1, versions: 3 } });
      assert.equal(await clear(cache), 5);
      assert.deepEqual(await Promise.all(nodes.map(({ client }) => client.dbsize())), [0, 0, 0]);
      assert.deepEqual(stores.warnings, []);
    });
  });

  it('is a master that sentinels name, also after a failover', async () => {
    const first = await start();
    const second = await start('--replicaof', '127.0.0.1', portOf(first));
    const settings = join(folder, 'sentinel.conf');
    await writeFile(settings, `sentinel monitor timelines 127.0.0.1 ${portOf(first)} 1\n`);
    const sentinel = await startSentinel(settings);
    const url = `redis+sentinel://127.0.0.1:1,127.0.0.1:${portOf(sentinel)}/timelines`;
    await within(url, async (stores) => {
      await follow(stores, 'alice', 'bob');
      await createPost(stores, { author: 'bob', content: 'one' });
      assert.deepEqual(await feed(stores), ['database', 'one']);
      assert.deepEqual(await feed(stores), ['cache', 'one']);
      assert.deepEqual(stores.warnings, []);
    });
    assert.notEqual(await first.client.dbsize(), 0);

    // Refused until the sentinel has heard of the replica.
    const failover = () => sentinel.client.call('sentinel', 'failover', 'timelines');
    await until(() => failover().catch(() => false));
    // A failover closes the connections of the servers that it turns round.
    const master = () => sentinel.client.call('sentinel', 'get-master-addr-by-name', 'timelines');
    await until(async () => String(await master()).endsWith(`,${portOf(second)}`));
    await within(url, async (stores) => {
      await feed(stores);
      await createPost(stores, { author: 'bob', content: 'two' });
      assert.deepEqual(await feed(stores), ['database', 'two', 'one']);
      assert.deepEqual(await feed(stores), ['cache', 'two', 'one']);
      assert.deepEqual(stores.warnings, []);
    });
  });

  async function startSentinel(settings: string): Promise<TestRedis> {
    const sentinel = await startRedis([settings, '--sentinel']);
    servers.push(sentinel);
    return sentinel;
  }

  async function formCluster(nodes: TestRedis[]): Promise<void> {
    const share = Math.ceil(16_384 / nodes.length);
    for (const [at, { client }] of nodes.entries()) {
      const last = Math.min((at + 1) * share, 16_384) - 1;
      await client.call('cluster', 'addslotsrange', at * share, last);
      for (const other of nodes) {
        await client.call('cluster', 'meet', '127.0.0.1', portOf(other));
      }
    }
    for (const { client } of nodes) {
      await until(async () => String(await client.call('cluster', 'info')).includes('state:ok'));
      await until(
        async () => String(await client.call('cluster', 'nodes')).split('\n').length === 4,
      );
    }
  }
});

async function until(condition: () => Promise<unknown>): Promise<void> {
  for (let looks = 0; looks < 400; looks++) {
    if (await condition()) return;
    await sleep(50);
  }
  assert.fail(`not within 20 s: ${condition}`);
}
