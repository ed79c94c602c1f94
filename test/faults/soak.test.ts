import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { withActivityStore } from '../../src/activity/open.js';
import { readConfig } from '../../src/config.js';
import { stackSettings } from '../../src/stack/state.js';
import { stackUp } from '../../src/stack/up.js';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import { createStores } from '../../src/stores/stores.js';
import { servers } from '../support/database.js';
import { commandNames } from '../support/every-command.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { randomOf } from '../support/interleaving.js';
import { pidIn, useLab } from '../support/lab.js';
import { driftedCounters } from '../support/people.js';
import { socialdb } from '../support/socialdb.js';
import { type Load, startLoad } from './load.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
/** `npm run test:soak` is the long form. */
const SECONDS = Number(process.env.SOCIALDB_SOAK_S ?? 20);
/** A store is away for a second or two, and then all are there for as long. */
const AWAY_MS = 1_000;
const BACK_MS = 2_000;

const STORES = ['postgres', 'redis', 'mongodb'] as const;

describe(`${SECONDS} s of load while each store in turn is killed`, () => {
  const lab = useLab({ mode: 0o711 });
  let mongodb: FaultProxy | undefined;
  // A server that is started again may find its port taken by another program.
  let postgres: FaultProxy;
  let redis: FaultProxy;
  let env: Record<string, string>;
  let sql: Sql;

  before(async () => {
    await lab.services('stack', 'up');
    const { DATABASE_URL = '', REDIS_URL = '' } = stackSettings(lab.home);
    if (servers.mongodbUrl) {
      const url = new URL(servers.mongodbUrl);
      url.pathname = `/soak_${process.pid}`;
      mongodb = await startFaultProxy(url.href);
    }
    postgres = await startFaultProxy(DATABASE_URL);
    redis = await startFaultProxy(REDIS_URL);
    env = {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      MONGODB_URL: mongodb?.url ?? '',
    };
    for (const line of ['migrate', 'seed --users 50 --posts 500 --follows 500']) {
      const { exitCode, stderr } = await socialdb(line.split(' '), { env });
      assert.equal(exitCode, 0, stderr);
    }
    sql = openPostgres(postgres.url, { timeoutMs: 20_000 });
  });

  it('loses nothing, and drifts nowhere', { timeout: SECONDS * 1_000 + 300_000 }, async (t) => {
    t.after(() => {
      for (const proxy of [postgres, redis, mongodb]) proxy?.close();
    });
    const relay = spawn(process.execPath, [BINARY, 'activity', 'relay', '--watch', '--json'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaints = '';
    relay.stderr.on('data', (text) => {
      complaints += text;
    });
    t.after(() => relay.kill('SIGKILL'));
    const load = startLoad(env, { workers: 4, random: randomOf(17) });
    const end = Date.now() + SECONDS * 1_000;
    for (let turn = 0; Date.now() < end; turn++) {
      const store = STORES[turn % STORES.length] ?? 'postgres';
      if (store === 'mongodb' && !mongodb) continue;
      load.phase(store);
      await takeAway(store);
      load.phase('none');
      await sleep(BACK_MS);
    }
    const tally = await load.stop();
    for (const line of tally.lines) t.diagnostic(line);
    assert.deepEqual(tally.bugs, []);
    assert.deepEqual(tally.errorsWithoutPostgres, [], 'only PostgreSQL can fail a read or a write');

    await everythingCarried();
    relay.kill('SIGINT');
    assert.equal((await once(relay, 'exit'))[0], 130, complaints);
    assert.deepEqual(await driftedCounters(sql), []);
    assert.deepEqual(await missing(load), [], 'what was acknowledged is there');
    await assertEveryEvent();
    const verified = await socialdb(['cache', 'verify'], { env });
    assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
    if (commandNames().includes('verify')) {
      const { exitCode, stdout, stderr } = await socialdb(['verify'], { env });
      assert.equal(exitCode, 0, stdout + stderr);
    }
    await sql.end({ timeout: 1 });
  });

  async function takeAway(store: (typeof STORES)[number]): Promise<void> {
    if (store === 'mongodb') {
      mongodb?.treat('reset');
      mongodb?.cut();
      await sleep(AWAY_MS);
      mongodb?.treat('pass');
      return;
    }
    const file = store === 'postgres' ? 'postgres/postmaster.pid' : 'redis/redis.pid';
    process.kill(pidIn(lab, file), 'SIGKILL');
    await sleep(AWAY_MS);
    await stackUp(lab.home, { download: false, services: ['postgres', 'redis'] });
    const { DATABASE_URL = '', REDIS_URL = '' } = stackSettings(lab.home);
    postgres.aim(DATABASE_URL);
    redis.aim(REDIS_URL);
  }

  /** The relay has to find the stores back first. */
  async function everythingCarried(): Promise<void> {
    for (;;) {
      const [left] = await sql<{ events: number }[]>`
        SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM activity_backfill) AS events`;
      if (left?.events === 0) return;
      await sleep(100);
    }
  }

  async function missing({ acknowledged }: Load): Promise<string[]> {
    const rows = await sql<{ id: string }[]>`
      SELECT id FROM posts WHERE id IN (
        SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(acknowledged)}::text::jsonb))`;
    const there = new Set(rows.map(({ id }) => id));
    return acknowledged.filter((id) => !there.has(id));
  }

  /** An event for each row that is there, in the activity store; twice none can be, by its id. */
  async function assertEveryEvent(): Promise<void> {
    const rows = await sql<{ id: string }[]>`SELECT event ->> 'id' AS id FROM activity_source()`;
    const stores = createStores(readConfig(env, {}, {}), { warn: () => {} });
    const there = new Set<string>();
    await withActivityStore(stores, 60_000, async (store) => {
      for (let at = 0; at < rows.length; at += 1_000) {
        const ids = rows.slice(at, at + 1_000).map(({ id }) => id);
        for (const id of await store.known(ids)) there.add(id);
      }
    });
    await stores.close();
    assert.deepEqual(
      rows.filter(({ id }) => !there.has(id)),
      [],
    );
  }
});
