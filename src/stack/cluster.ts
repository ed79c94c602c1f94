import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, StoreError } from '../errors.js';
import { endOrphans } from './process.js';
import type { UpOptions } from './service.js';
import { makePrivate, type Site } from './site.js';

const run = promisify(execFile);

/** The superuser, and the database that is made for it. */
export const CLUSTER_OWNER = 'socialdb';
export const POSTMASTER_PID = 'postmaster.pid';

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

/**
 * Makes PostgreSQL's data directory where there is none; where there is one, sees to it that the
 * server can start on it.
 *
 * @param runtime folder of PostgreSQL's programs
 * @throws StoreError when the data is of another major version
 */
export async function prepareCluster(
  site: Site,
  runtime: string,
  directory: string,
  password: string,
  options: UpOptions,
): Promise<void> {
  if (existsSync(join(directory, 'PG_VERSION'))) {
    await checkVersion(runtime, directory);
    await clearAfterCrash(site.folder, directory);
  } else {
    await initialise(site, runtime, directory, password, options);
  }
}

/** Data of another major version is not this program's. */
async function checkVersion(runtime: string, directory: string): Promise<void> {
  const ours = /postgres-(\d+)/.exec(basename(runtime))?.[1];
  const theirs = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (ours !== theirs) {
    throw new StoreError(
      'stack-other-version',
      `the data in ${directory} is PostgreSQL ${theirs}'s, and this is PostgreSQL ${ours}`,
      'export it with the older socialdb, or drop it: socialdb stack destroy',
    );
  }
}

/**
 * Clears away what a postmaster that was killed has left: backends that work on without it, and its
 * pid file, whose number another process may have by now. PostgreSQL would refuse to start.
 */
async function clearAfterCrash(folder: string, directory: string): Promise<void> {
  if (await endOrphans(directory, folder)) {
    await rm(join(directory, POSTMASTER_PID), { force: true });
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
  const initdb = run(join(runtime, 'bin', 'initdb'), initdbArgs(draft, passwordFile, throwaway), {
    cwd: draft,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    ...(signal && { signal }),
    ...site.user,
  });
  const ended = new Promise((resolve) => initdb.child.once('close', resolve));
  try {
    await initdb;
    // initdb's own statements were counted, with the text of the one that sets the password.
    await rm(join(draft, 'pg_stat', 'pg_stat_statements.stat'), { force: true });
    await rm(directory, { recursive: true, force: true });
    await rename(draft, directory);
  } catch (error) {
    // An interrupted initdb is still tidying up when its promise is rejected.
    await ended;
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
    `--username=${CLUSTER_OWNER}`,
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
