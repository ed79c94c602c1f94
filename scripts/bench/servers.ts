import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackDestroy } from '../../src/stack/destroy.js';
import { SETTING_OF, type ServiceName, stackSettings } from '../../src/stack/state.js';
import { stackUp } from '../../src/stack/up.js';
import { openPostgres } from '../../src/stores/postgres.js';

/** The servers that are measured. */
export interface Servers {
  /** A superuser's URL; databases are made beside the one that it names. */
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly mongodbUrl: string | undefined;
}

/** Kept between runs: the data takes longer to make than to measure. */
const HOME = join(tmpdir(), 'socialdb-bench');

/**
 * The servers that DATABASE_URL, REDIS_URL and MONGODB_URL name, and an embedded stack of the
 * suite's own for the rest; it goes on running, so that the next run finds its data.
 */
export async function findServers(environment: NodeJS.ProcessEnv): Promise<Servers> {
  const names: ServiceName[] = ['postgres', 'redis', 'mongodb'];
  const absent = names.filter((name) => environment[SETTING_OF[name]] === undefined);
  if (absent.length > 0) {
    await mkdir(HOME, { recursive: true });
    // The servers may run as another user, who has to pass.
    await chmod(HOME, 0o711);
    await stackUp(HOME, { services: absent, download: false });
  }
  const own = absent.length > 0 ? stackSettings(HOME) : {};
  const url = (name: ServiceName) => environment[SETTING_OF[name]] ?? own[SETTING_OF[name]];
  const databaseUrl = url('postgres');
  if (!databaseUrl) throw new Error('there is no PostgreSQL to measure: DATABASE_URL is empty');
  return {
    databaseUrl,
    redisUrl: url('redis') || undefined,
    mongodbUrl: url('mongodb') || undefined,
  };
}

/** Drops what the bench has made on the server of DATABASE_URL, and its own servers with their data. */
export async function removeTraces({ DATABASE_URL }: NodeJS.ProcessEnv): Promise<void> {
  if (DATABASE_URL) {
    await dropDatabases({ databaseUrl: DATABASE_URL, redisUrl: undefined, mongodbUrl: undefined });
  }
  if (existsSync(HOME)) await stackDestroy(HOME);
}

/** The same server's URL with another database. */
export function urlOf({ databaseUrl }: Servers, database: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs one statement outside of the databases that are measured. */
async function asAdmin<Result extends object>(
  servers: Servers,
  statement: string,
): Promise<Result[]> {
  const sql = openPostgres(servers.databaseUrl, { timeoutMs: 600_000, max: 1 });
  try {
    return [...(await sql.unsafe<Result[]>(statement))] as unknown as Result[];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Comments on a database of the bench; nothing without one is ever dropped. */
const OURS = 'socialdb bench';
const COMPLETE = `${OURS}: complete`;

/**
 * Makes a database anew, empty, in the place of an earlier one of the bench.
 *
 * @throws Error where somebody else has a database of this name
 */
export async function makeDatabase(servers: Servers, database: string): Promise<string> {
  await dropDatabase(servers, database);
  await asAdmin(servers, `CREATE DATABASE ${database} TEMPLATE template0`);
  await asAdmin(servers, `COMMENT ON DATABASE ${database} IS '${OURS}'`);
  return urlOf(servers, database);
}

/** Notes that a database is filled, and can be used again. */
export async function completeDatabase(servers: Servers, database: string): Promise<void> {
  await asAdmin(servers, `COMMENT ON DATABASE ${database} IS '${COMPLETE}'`);
}

export async function isComplete(servers: Servers, database: string): Promise<boolean> {
  return (await commentOn(servers, database)) === COMPLETE;
}

async function dropDatabase(servers: Servers, database: string): Promise<void> {
  const comment = await commentOn(servers, database);
  if (comment === undefined) return;
  if (!comment?.startsWith(OURS)) {
    throw new Error(`the server has a database ${database} that is not the bench's`);
  }
  await asAdmin(servers, `DROP DATABASE ${database} WITH (FORCE)`);
}

/** Undefined where there is no such database. */
async function commentOn(servers: Servers, database: string): Promise<string | null | undefined> {
  const [found] = await asAdmin<{ comment: string | null }>(
    servers,
    `SELECT shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE datname = '${database}'`,
  );
  return found?.comment;
}

async function dropDatabases(servers: Servers): Promise<void> {
  const rows = await asAdmin<{ name: string }>(
    servers,
    `SELECT datname AS name FROM pg_database
      WHERE starts_with(shobj_description(oid, 'pg_database'), '${OURS}')`,
  );
  for (const { name } of rows) await dropDatabase(servers, name);
}
