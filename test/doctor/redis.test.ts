import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { openCache } from '../../src/feed/versions.js';
import { useDatabase } from '../support/database.js';
import { useRedis } from '../support/redis.js';
import { openStores } from '../support/stores.js';
import { findingOf } from './finding.js';

const ILLNESSES = [
  {
    check: 'maxmemory',
    what: 'no limit to its memory',
    status: 'warn',
    settings: { maxmemory: '0' },
    detail: /no limit, .* used/,
    fix: /CONFIG SET maxmemory 256mb/,
  },
  {
    check: 'eviction',
    what: 'a limit at which it refuses writes',
    status: 'warn',
    settings: { 'maxmemory-policy': 'noeviction' },
    detail: /noeviction: once it is full/,
    fix: /CONFIG SET maxmemory-policy allkeys-lru/,
  },
  {
    check: 'eviction',
    what: 'that limit reached',
    status: 'fail',
    settings: { 'maxmemory-policy': 'noeviction', maxmemory: '1mb' },
    detail: /noeviction, and it is full/,
    fix: /allkeys-lru/,
  },
  {
    check: 'persistence',
    what: 'snapshots of a cache',
    status: 'warn',
    settings: { save: '3600 1' },
    detail: /snapshots on: a restart brings back pages/,
    fix: /CONFIG SET save "" && .*appendonly no/,
  },
  {
    check: 'redis-clients',
    what: 'clients near the limit',
    status: 'warn',
    settings: { maxclients: '2' },
    detail: /2 of 2: close to the limit/,
    fix: /CONFIG SET maxclients 4/,
  },
] as const;

describe("the doctor finds Redis's", () => {
  const database = useDatabase();
  const redis = useRedis();
  const well = {
    maxmemory: '256mb',
    'maxmemory-policy': 'allkeys-lru',
    save: '',
    maxclients: '100',
  };
  const urls = () => ({ databaseUrl: database.url, redisUrl: redis.url });
  const configure = async (settings: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(settings))
      await redis.client.config('SET', name, value);
  };
  before(() => configure(well));

  for (const { check, what, status, settings, detail, fix } of ILLNESSES) {
    it(what, async () => {
      assert.equal((await findingOf(urls(), check)).status, 'ok');
      await configure(settings);
      const ill = await findingOf(urls(), check);
      await configure(well);
      assert.equal(ill.status, status, ill.detail);
      assert.match(ill.detail, detail);
      assert.match(ill.fix ?? '', fix);
      assert.equal((await findingOf(urls(), check)).status, 'ok');
    });
  }

  it('a hit rate that is poor, and pages that cannot be read', async () => {
    const stores = openStores(urls());
    const cache = await openCache(stores, database.sql);
    assert.ok(cache);
    const key = `${cache.prefix}stats`;
    const rates = [];
    for (const counts of [
      { hit: 10, changed: 5 },
      { hit: 900, changed: 100 },
      { hit: 10, changed: 990 },
      { hit: 900, corrupt: 3, changed: 100 },
    ]) {
      await redis.client.del(key);
      await redis.client.hset(key, counts);
      rates.push(await findingOf(urls(), 'hit-rate'));
    }
    await redis.client.del(key);
    await stores.close();
    assert.deepEqual(
      rates.map(({ status, detail }) => `${status}: ${detail}`),
      [
        'ok: 15 reads, too few to judge',
        'ok: 90% of 1,000 reads',
        'warn: 1% of 1,000 reads; a page lives 1 min',
        'warn: 90% of 1,003 reads; 3 found something unreadable',
      ],
    );
  });

  describe('snapshots', () => {
    const folder = mkdtempSync(join(tmpdir(), 'socialdb-redis-'));
    const saving = useRedis('--dir', folder, '--save', '3600 1');

    it('that cannot be written', async () => {
      rmSync(folder, { recursive: true });
      await saving.client.set('any', 'thing');
      await saving.client.bgsave();
      const failed = async () => /bgsave_status:err/.test(await saving.client.info('persistence'));
      for (let tries = 0; tries < 100 && !(await failed()); tries++) await sleep(50);
      const finding = await findingOf({ ...urls(), redisUrl: saving.url }, 'persistence');
      assert.equal(finding.status, 'fail', finding.detail);
      assert.match(finding.detail, /the last write failed/);
    });
  });

  describe('role', () => {
    const primary = useRedis();
    let replica: Redis;
    before(() => {
      replica = new Redis(redis.url);
    });
    after(() => replica.disconnect());

    it('as a replica, which takes no writes', async () => {
      const { hostname, port } = new URL(primary.url);
      await replica.replicaof(hostname, Number(port));
      const finding = await findingOf(urls(), 'redis-role');
      await replica.replicaof('NO', 'ONE');
      assert.equal(finding.status, 'fail', finding.detail);
      assert.match(finding.detail, new RegExp(`a replica of 127.0.0.1:${port}`));
      assert.equal((await findingOf(urls(), 'redis-role')).status, 'ok');
    });
  });
});
