import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { drive } from '../../src/bench/drive.js';
import { inSandbox } from '../../src/bench/sandbox.js';
import { MIX, phasesOf } from '../../src/bench/workloads.js';
import { RequestError, StoreError } from '../../src/errors.js';
import { inScratchSchema } from '../../src/schema/scratch.js';
import { instanceOf } from '../../src/stores/instance.js';
import { countingProxy, postgresFraming } from '../support/counting-proxy.js';
import { useDatabase } from '../support/database.js';
import { addPeople, driftedCounters, outboxTypes } from '../support/people.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';
import { openStores } from '../support/stores.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
const QUICK = ['--users', '50', '--duration', '400ms', '--warm-up', '100ms', '--clients', '4'];
const never = new AbortController().signal;

interface Measured {
  operations: { name: string; count: number; errors: number; maxMs: number; p50Ms: number }[];
  measuredMs: number;
  errorKinds: Record<string, number>;
  missed: number;
}

describe('bench', () => {
  const database = useDatabase();
  const redis = useRedis();
  const env = () => ({ DATABASE_URL: database.url, REDIS_URL: redis.url });
  const bench = async (...argv: string[]) => {
    const ran = await socialdb(['bench', ...argv, ...QUICK, '--json'], { env: env() });
    assert.equal(ran.exitCode, 0, ran.stderr);
    return JSON.parse(ran.stdout) as Measured;
  };
  const schemas = async () => {
    const rows = await database.sql<{ name: string }[]>`
      SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'socialdb%' ORDER BY name`;
    return rows.map(({ name }) => name);
  };
  const keys = async () => (await redis.client.keys('*')).sort();
  before(async () => {
    await addPeople(database.sql, 'alice', 'bob');
    await socialdb(['follow', 'alice', 'bob'], { env: { ...env(), REDIS_URL: '' } });
    await socialdb(['feed', 'alice'], { env: env() });
  });

  it('measures each workload, and neither reads nor changes what is there', async () => {
    const digest = async () => {
      const [row] = await database.sql`
        SELECT (SELECT json_agg(u ORDER BY id) FROM users u)::text || (SELECT count(*) FROM posts) ||
               (SELECT json_agg(f) FROM followers f)::text AS rows`;
      const names = await keys();
      const cached = await Promise.all(names.map((key) => redis.client.dumpBuffer(key)));
      return { row, names, cached };
    };
    const before = { ...(await digest()), outbox: await outboxTypes(database.sql) };
    const feed = await bench('feed');
    assert.deepEqual(
      feed.operations.map(({ name }) => name),
      ['feed, cold', 'feed, cached'],
    );
    const follows = await bench('follow');
    assert.deepEqual(
      follows.operations.map(({ name }) => name),
      ['follow', 'unfollow'],
    );
    const mix = await bench('mix', '--rate', '300');
    assert.deepEqual(
      mix.operations.map(({ name }) => name),
      Object.keys(MIX),
    );
    for (const { operations, errorKinds } of [feed, follows, mix]) {
      assert.deepEqual(errorKinds, {});
      assert.ok(operations[0] && operations[0].count > 0 && operations[0].p50Ms > 0);
      for (const { p50Ms, maxMs } of operations) assert.ok(p50Ms <= maxMs);
    }
    assert.deepEqual({ ...(await digest()), outbox: await outboxTypes(database.sql) }, before);
    assert.deepEqual(await schemas(), []);
  });

  it('is exact under many clients, and mixes as LinkBench does', { timeout: 60_000 }, async () => {
    const stores = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    const sandbox = { users: 50, clients: 16, interrupted: never, onStep() {} };
    try {
      await inSandbox(stores, sandbox, async (world) => {
        const [phase] = phasesOf('follow', world);
        let done = 0;
        const errors: unknown[] = [];
        await drive({
          clients: 16,
          durationMs: 1_000,
          interrupted: never,
          next: () => phase?.next() ?? { name: '', run: async () => {} },
          onDone: () => void done++,
          onError: (_, error) => void errors.push(error),
          explain: (error) => error,
        });
        assert.deepEqual(errors, []);
        assert.ok(done > 16);
        assert.deepEqual(await driftedCounters(world.sql), []);
        const [mix] = phasesOf('mix', world);
        const drawn = new Map<string, number>();
        for (let draw = 0; draw < 100_000; draw++) {
          const name = mix?.next().name ?? '';
          drawn.set(name, (drawn.get(name) ?? 0) + 1);
        }
        for (const [name, percent] of Object.entries(MIX)) {
          const share = (drawn.get(name) ?? 0) / 1_000;
          assert.ok(Math.abs(share - percent) < 0.5, `${name}: ${share} % instead of ${percent} %`);
        }
      });
    } finally {
      await stores.close();
    }
  });

  it('ends at Ctrl-C with what was measured, and tidies up', { timeout: 60_000 }, async () => {
    const running = await startMeasuring(env());
    running.kill('SIGINT');
    const { exitCode, stdout } = await running.ended;
    assert.equal(exitCode, 130);
    const { measuredMs, operations } = JSON.parse(stdout) as Measured;
    assert.ok(measuredMs > 0 && measuredMs < 60_000);
    assert.ok((operations[0]?.count ?? 0) > 0);
    assert.deepEqual(await schemas(), []);
    assert.deepEqual(
      (await keys()).filter((key) => key.includes('scratch')),
      [],
    );
  });

  it('drops what a killed run has left, and nothing that is alive', async () => {
    const stores = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    const killed = 'socialdb_scratch_0a1b2c3d';
    const { scope } = await instanceOf(database.sql);
    const keyOf = (schema: string) => `socialdb:${scope}.${schema}:timeline:x`;
    await database.sql.unsafe(`CREATE SCHEMA ${killed}`);
    try {
      await inScratchSchema(stores, 60_000, async (_, alive) => {
        for (const schema of [killed, alive]) await redis.client.set(keyOf(schema), '1');
        await bench('feed');
        assert.deepEqual(await schemas(), [alive]);
        const left = (await keys()).filter((key) => key.includes('scratch'));
        assert.deepEqual(left, [keyOf(alive)]);
        await redis.client.del(keyOf(alive));
      });
    } finally {
      await stores.close();
    }
  });

  it('says which store is down, before and in the middle', { timeout: 60_000 }, async () => {
    const down = [
      ['DATABASE_URL', 'postgres://127.0.0.1:1/none', 'PostgreSQL'],
      ['REDIS_URL', 'redis://127.0.0.1:1', 'Redis'],
    ] as const;
    for (const [name, url, store] of down) {
      const ran = await socialdb(['bench', ...QUICK], { env: { ...env(), [name]: url } });
      assert.equal(ran.exitCode, 3, ran.stderr);
      assert.equal(ran.stdout, '');
      assert.ok(ran.stderr.includes(`${store} at ${url}`), ran.stderr);
    }
    const proxy = await countingProxy(database.url, postgresFraming);
    const running = await startMeasuring({ ...env(), DATABASE_URL: proxy.url });
    proxy.close();
    const ran = await running.ended;
    assert.equal(ran.exitCode, 3, ran.stderr);
    assert.match(ran.stderr, /"postgres-unavailable"/);
    const measured = JSON.parse(ran.stdout) as Measured;
    assert.ok((measured.errorKinds['postgres-unavailable'] ?? 0) > 0);
    assert.ok((measured.operations[0]?.count ?? 0) > 0);
    for (const name of await schemas()) await database.sql.unsafe(`DROP SCHEMA ${name} CASCADE`);
  });

  it('refuses more clients than there are connections', async () => {
    const ran = await socialdb(['bench', '--clients', '1000'], { env: env() });
    assert.equal(ran.exitCode, 1);
    assert.match(ran.stderr, /connections left for clients/);
  });
});

/** Starts a long measurement, and waits for the line that says that it measures. */
async function startMeasuring(env: Record<string, string>) {
  const child = spawn(
    process.execPath,
    [BINARY, 'bench', '--users', '50', '--duration', '60s', '--warm-up', '0', '--json'],
    { env: { ...process.env, ...env, MONGODB_URL: '' } },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  const measuring = new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text) => {
      stderr += text;
      if (stderr.includes('feed, cold: ')) resolve();
    });
    child.on('close', () => reject(new Error(stderr)));
  });
  const ended = new Promise<{ exitCode: number | null; stdout: string; stderr: string }>(
    (resolve) => child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr })),
  );
  await measuring;
  return { ended, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

describe('an open load', () => {
  /** One client, 100 operations a second, one of which stalls; how many took long. */
  const slow = async (rate: number | undefined) => {
    let [turn, late] = [0, 0];
    await drive({
      clients: 1,
      durationMs: 1_000,
      rate,
      interrupted: never,
      next: () => ({ name: 'x', run: () => sleep(turn++ === 20 ? 400 : 1) }),
      onDone: (_, ms) => void (ms > 100 && late++),
      onError() {},
      explain: (error) => error,
    });
    return late;
  };

  it('counts a stall for all who would have come in the meantime', async () => {
    assert.ok((await slow(100)) > 10);
  });

  it('differs in that from a closed one', async () => {
    assert.ok((await slow(undefined)) <= 5);
  });

  it('goes on after errors, and tells what never began', async () => {
    let errors = 0;
    const { missed } = await drive({
      clients: 1,
      durationMs: 300,
      rate: 1_000,
      interrupted: never,
      next: () => ({
        name: 'x',
        run: () => sleep(20).then(() => Promise.reject(new RequestError('no', 'no'))),
      }),
      onDone() {},
      onError: () => void errors++,
      explain: (error) => error,
    });
    assert.ok(errors > 2 && missed > 100);
    assert.equal(Math.abs(errors + missed - 300) <= 2, true);
  });

  it('ends when a store has been down for long, be it since before it began', async () => {
    const down = new StoreError('postgres-unavailable', 'PostgreSQL is gone');
    const { failure } = await drive({
      clients: 2,
      durationMs: 50,
      goodAt: performance.now() - 60_000,
      interrupted: never,
      next: () => ({ name: 'x', run: () => Promise.reject(down) }),
      onDone() {},
      onError() {},
      explain: (error) => error,
    });
    assert.equal(failure, down);
  });
});
