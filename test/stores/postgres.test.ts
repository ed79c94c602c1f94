import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openPostgres } from '../../src/stores/postgres.js';
import { servers } from '../support/database.js';

/** A server in front of PostgreSQL that treats each connection as `treat` says at that moment. */
async function frontOf(treat: () => 'pass' | 'close' | 'silence') {
  const target = new URL(servers.databaseUrl);
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    open.add(client);
    client.on('error', () => {});
    const treatment = treat();
    if (treatment === 'close') client.end();
    if (treatment !== 'pass') return;
    const behind = connect(Number(target.port), target.hostname);
    behind.on('error', () => client.destroy());
    client.pipe(behind).pipe(client);
    open.add(behind);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  const stop = () => {
    cut();
    server.close();
  };
  const freeze = () => {
    for (const socket of open) socket.pause().unpipe();
  };
  return { url: url.href, cut, freeze, stop };
}

describe('a transaction whose connection is lost', () => {
  it('runs nothing of what comes after, in no other session either', async () => {
    const front = await frontOf(() => 'pass');
    const sql = openPostgres(front.url, { timeoutMs: 2_000, max: 1 });
    for (const pauseMs of [0, 50]) {
      let asked = (_: 'rejected' | 'run') => {};
      const later = new Promise((resolve) => {
        asked = resolve;
      });
      const lost = sql.begin(async (transaction) => {
        await transaction`SELECT 1`;
        front.cut();
        await setTimeout(pauseMs);
        // Whoever asks the pool meanwhile gets a connection, which is not the transaction's.
        if (pauseMs > 0) assert.equal((await sql`SELECT 2 AS two`)[0]?.two, 2);
        await transaction`SELECT set_config('socialdb.stray', 'yes', false)`.then(
          () => asked('run'),
          () => asked('rejected'),
        );
      });
      await assert.rejects(lost, /CONNECTION|closed|ECONN|EPIPE/);
      assert.equal(await later, 'rejected');
      const [row] = await sql`SELECT current_setting('socialdb.stray', true) AS stray`;
      assert.equal(row?.stray, null);
    }
    await sql.end({ timeout: 1 });
    front.stop();
  });
});

describe('a pool', () => {
  it('fails each time the server accepts and closes', async () => {
    const front = await frontOf(() => 'close');
    const sql = openPostgres(front.url, { timeoutMs: 300, max: 2 });
    // More often than there are connections, so that one that were lost would be missed.
    for (let attempt = 0; attempt < 4; attempt++) await assert.rejects(sql`SELECT 1`);
    await sql.end({ timeout: 1 });
    front.stop();
  });

  it('fails each time the server accepts and says nothing, and recovers', async () => {
    let treatment: 'pass' | 'silence' = 'silence';
    const front = await frontOf(() => treatment);
    const sql = openPostgres(front.url, { timeoutMs: 300, max: 2 });
    for (let attempt = 0; attempt < 4; attempt++) await assert.rejects(sql`SELECT 1`);
    treatment = 'pass';
    const [row] = await sql<{ one: number }[]>`SELECT 1 AS one`;
    assert.equal(row?.one, 1);
    await sql.end({ timeout: 1 });
    front.stop();
  });

  it('is as new after connections were closed, cut off and terminated', async () => {
    let treatment: 'pass' | 'close' = 'pass';
    const front = await frontOf(() => treatment);
    const sql = openPostgres(front.url, { timeoutMs: 2_000, max: 2 });
    const ask = async () => (await sql<{ one: number }[]>`SELECT 1 AS one`)[0]?.one;
    for (let round = 0; round < 5; round++) {
      treatment = 'close';
      front.cut();
      await assert.rejects(Promise.all([ask(), ask(), ask()]));
      treatment = 'pass';
      assert.equal(await ask(), 1);
      // Its last words are about the old connection, and no answer to a query on a new one.
      await assert.rejects(sql`SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(1)`);
      assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
    }
    await sql.end({ timeout: 1 });
    front.stop();
  });

  it('waits for a long statement, and not for a server that is gone meanwhile', async () => {
    let treatment: 'pass' | 'silence' = 'pass';
    const front = await frontOf(() => treatment);
    const sql = openPostgres(front.url, { timeoutMs: 60_000, max: 2 });
    await sql`SELECT pg_sleep(3)`;
    const sleeping = sql`SELECT pg_sleep(50)`;
    const failed = assert.rejects(sleeping.execute(), /did not answer in time/);
    await setTimeout(200);
    treatment = 'silence';
    front.freeze();
    await failed;
    await sql.end({ timeout: 1 });
    front.stop();
  });

  it('fails each time while connections are refused', async () => {
    const front = await frontOf(() => 'pass');
    front.stop();
    const sql = openPostgres(front.url, { timeoutMs: 300, max: 2 });
    for (let attempt = 0; attempt < 4; attempt++) {
      await assert.rejects(sql`SELECT 1`, { code: 'ECONNREFUSED' });
    }
    await sql.end({ timeout: 1 });
  });
});
