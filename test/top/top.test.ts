import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Snapshot } from '../../src/top/snapshot.js';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

describe('socialdb top, one snapshot', () => {
  const database = useDatabase();
  const redis = useRedis();
  const env = () => ({ DATABASE_URL: database.url, REDIS_URL: redis.url, MONGODB_URL: '' });
  const once = async (): Promise<Snapshot> => {
    const { stdout, stderr, exitCode } = await socialdb(['top', '--once', '--json'], {
      env: env(),
    });
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout);
  };
  before(() => addPeople(database.sql, 'alice', 'bob'));

  it('is what is shown where there is no terminal, in 80 columns', async () => {
    const { stdout, exitCode } = await socialdb(['top'], { env: env() });
    assert.equal(exitCode, 0);
    for (const name of ['requests', 'connections', 'cache', 'outbox', 'activity']) {
      assert.match(stdout, new RegExp(`^${name} `, 'm'));
    }
    assert.match(stdout, /^SLOW STATEMENTS .*no pg_stat_statements/m);
    assert.match(stdout, /^LOCKS THAT WAIT {2}none/m);
    assert.match(stdout, /^INDEX USE[\s\S]* idx_activity_date +activity$/m);
    assert.doesNotMatch(stdout, /undefined|NaN|\[object/);
    assert.ok(!stdout.includes('\u001b'));
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  });

  it('counts transactions, feeds and index scans as they happen', async () => {
    const work = setInterval(() => {
      database.sql`SELECT FROM users WHERE id = gen_random_uuid()`.catch(() => {});
    }, 10);
    try {
      for (let read = 0; read < 3; read += 1) await socialdb(['feed', 'alice'], { env: env() });
      const { requests, cache, indexes } = await once();
      assert.ok((requests.data?.transactionsPerSecond ?? 0) > 1);
      assert.equal(cache.data?.totalHitRatio, 2 / 3);
      // The look at the activity itself goes through this one.
      const index = indexes.data?.find((use) => use.index === 'idx_activity_date');
      assert.ok((index?.scansPerSecond ?? 0) > 0);
    } finally {
      clearInterval(work);
    }
  });

  it('says who waits for whom, and what runs longest', async () => {
    let ended: Promise<unknown> = Promise.resolve();
    await database.sql.begin(async (holder) => {
      const [blocker] = await holder`
          SELECT pg_backend_pid() AS pid FROM users WHERE username = 'alice' FOR UPDATE`;
      const waiting = database.sql
        .begin(async (waiter) => {
          await waiter`SET LOCAL lock_timeout = '60s'`;
          await waiter`UPDATE users SET display_name = 'A' WHERE username = 'alice'`;
        })
        .catch(() => {});
      const snapshot = await once();
      const [wait] = snapshot.locks.data ?? [];
      assert.equal(snapshot.locks.data?.length, 1);
      assert.match(wait?.query ?? '', /^UPDATE users SET display_name/);
      assert.equal(wait?.lock, 'row');
      assert.ok((wait?.waitingMs ?? 0) > 0);
      assert.deepEqual(
        wait?.blockedBy.map(({ pid }) => pid),
        [blocker?.pid],
      );
      assert.match(wait?.blockedBy[0]?.doing ?? '', /^idle in transaction/);
      const [longest] = snapshot.statements.data?.statements ?? [];
      assert.match(longest?.query ?? '', /^UPDATE users SET display_name/);
      const text = await socialdb(['top', '--once'], { env: env() });
      assert.match(text.stdout, /LOCKS THAT WAIT\n.*blocked by\n.*UPDATE users.*idle in trans/);
      ended = waiting;
    });
    await ended;
  });

  it('takes statements from pg_stat_statements where it counts', async (test) => {
    const { sql } = database;
    const made = await sql`CREATE EXTENSION pg_stat_statements`
      .then(
        () => sql`SELECT FROM pg_stat_statements LIMIT 1`.then(() => true),
        () => false,
      )
      .catch(() => false);
    if (!made) return test.skip('this server does not load pg_stat_statements');
    const work = setInterval(() => {
      sql`SELECT count(*) FROM users WHERE username > 'a'`.catch(() => {});
    }, 10);
    try {
      const { statements, requests } = await once();
      assert.equal(statements.data?.source, 'pg_stat_statements');
      const found = statements.data?.statements.find(({ query }) => /username >/.test(query));
      assert.ok((found?.callsPerSecond ?? 0) > 1);
      assert.ok((found?.loadMs ?? 0) > 0);
      assert.ok((requests.data?.statementsPerSecond ?? 0) > 1);
    } finally {
      clearInterval(work);
      await sql`DROP EXTENSION pg_stat_statements`;
    }
  });

  it('sees the outbox fill, and its age', async () => {
    const added = await socialdb(['user', 'add', 'carol', '--email', 'c@example.org'], {
      env: { ...env(), MONGODB_URL: 'mongodb://127.0.0.1:1' },
    });
    assert.equal(added.exitCode, 0, added.stderr);
    const { outbox, activity } = await once();
    assert.equal(outbox.data?.waiting, 1);
    assert.ok((outbox.data?.oldestMs ?? 0) > 0);
    assert.equal(activity.data?.store, 'postgresql');
    await socialdb(['activity', 'relay'], { env: env() });
    const later = await once();
    assert.deepEqual(later.outbox.data, { waiting: 0, setAside: 0, oldestMs: null });
    const minutes = later.activity.data?.perMinute ?? [];
    assert.equal(minutes.length, 30);
    assert.ok(minutes.slice(-2).some((events) => events > 0));
  });

  it('goes on without the stores that are not there', async () => {
    for (const [wrong, name, said] of [
      [{ REDIS_URL: 'redis://127.0.0.1:1' }, 'cache', /^unreachable: Redis at/],
      [{ REDIS_URL: '' }, 'cache', /no Redis/],
      [
        { MONGODB_URL: 'mongodb://127.0.0.1:1' },
        'activity',
        /^unreachable: MongoDB at .* does not answer/,
      ],
      [
        { DATABASE_URL: 'postgres://u:canary@127.0.0.1:1/x' },
        'requests',
        /^unreachable: .* refuses connections/,
      ],
    ] as const) {
      const ran = await socialdb(['top', '--once', '--json'], { env: { ...env(), ...wrong } });
      // All is shown that can be seen; without the source of truth that is no success.
      assert.equal(ran.exitCode, name === 'requests' ? 3 : 0, ran.stderr);
      assert.match(JSON.parse(ran.stdout)[name].trouble, said);
      assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
    }
    const none = await socialdb(['top', '--once'], { env: {} });
    assert.equal(none.exitCode, 1);
    assert.match(none.stderr, /stack up/);
  });

  it('is a line of JSON at each interval, until it is interrupted', async () => {
    const child = spawn(process.execPath, [BINARY, 'top', '--json', '--interval', '1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env() },
    });
    const times: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      times.push(JSON.parse(line).at);
      if (times.length === 3) child.kill('SIGINT');
    }
    if (child.exitCode === null) await onceOf(child);
    assert.equal(child.exitCode, 130);
    assert.equal(new Set(times).size, times.length);
  });
});

const onceOf = (child: ReturnType<typeof spawn>) => once(child, 'exit');
