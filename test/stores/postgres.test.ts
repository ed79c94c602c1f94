import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { describe, it } from 'node:test';
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
  const stop = () => {
    for (const socket of open) socket.destroy();
    server.close();
  };
  return { url: url.href, stop };
}

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
