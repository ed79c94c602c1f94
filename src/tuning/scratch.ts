import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { openPostgres, type Sql } from '../stores/postgres.js';
import { lossOf } from '../stores/postgres-failure.js';
import type { Stores } from '../stores/stores.js';

export const SCRATCH_PREFIX = 'socialdb_scratch_';
/** First half of the advisory locks' key, so that they are not taken for those of others. */
const LOCK_CLASS = 7_345_201;
/** A connection that says nothing is given up: the one that holds the lock says something this often. */
const BEAT_MS = 5_000;
/** How long a server whose connection was lost may take to drop the schema, milliseconds. */
const LAST_PATIENCE_MS = 500;

/**
 * Runs `work` in a schema of its own, which is dropped afterwards, whatever happens. Unqualified names
 * mean this schema and no other. What a killed program left behind is dropped first: the schema of a
 * program that lives is known by an advisory lock, which PostgreSQL takes back when a session ends.
 *
 * @param timeoutMs bound on one statement in it, milliseconds
 * @param work gets a pool whose search_path is the schema, and the schema's name
 */
export async function inScratchSchema<T>(
  stores: Pick<Stores, 'postgres' | 'config'>,
  timeoutMs: number,
  work: (scratch: Sql, schema: string) => Promise<T>,
): Promise<T> {
  const sql = stores.postgres(timeoutMs);
  const url = stores.config.databaseUrl ?? '';
  // A pool of one, not a reserved connection: postgres.js crashes on the use of one that the server lost.
  const owner = openPostgres(url, { timeoutMs, max: 1, keep: true });
  let loss: ReturnType<typeof lossOf>;
  try {
    await dropAbandoned(sql, owner);
    const schema = SCRATCH_PREFIX + randomBytes(8).toString('hex');
    // The lock comes first: a schema without one is taken for abandoned.
    await owner`SELECT pg_advisory_lock(${LOCK_CLASS}::int, hashtext(${schema}))`;
    await owner.unsafe(`CREATE SCHEMA ${schema}`);
    const scratch = openPostgres(url, { timeoutMs, schema });
    const beating = setInterval(() => void owner`SELECT`.catch(() => {}), BEAT_MS);
    try {
      return await work(scratch, schema);
    } catch (error) {
      loss = lossOf(error);
      throw error;
    } finally {
      clearInterval(beating);
      await scratch.end({ timeout: loss ? 0 : 1 });
      await dropAfter(loss, () => drop(owner, schema));
    }
  } finally {
    await owner.end({ timeout: loss ? 0 : 1 });
  }
}

/**
 * Which scratch schemas of this database some program is using just now.
 *
 * @returns whether a schema of this name is one of them
 */
export async function schemasInUse(
  sql: Sql,
  names: readonly string[],
): Promise<(schema: string) => boolean> {
  const rows = await sql<{ name: string }[]>`
    SELECT name FROM json_array_elements_text(${JSON.stringify(names)}::text::json) AS name
     WHERE EXISTS (
       SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 2 AND granted
          AND classid = ${LOCK_CLASS}::int8::oid
          AND objid = (hashtext(name)::int8 & 4294967295)::oid
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;
  const inUse = new Set(rows.map(({ name }) => name));
  return (schema) => inUse.has(schema);
}

/** A server that went away is not waited for once more: the next program drops the schema. */
async function dropAfter(loss: ReturnType<typeof lossOf>, tidy: () => Promise<void>) {
  if (!loss) return tidy();
  if (loss === 'silence') return;
  await Promise.race([tidy().catch(() => {}), sleep(LAST_PATIENCE_MS, undefined, { ref: false })]);
}

/** A session that has just ended may hold its locks for a moment longer. */
async function drop(sql: Sql, schema: string): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`SET LOCAL lock_timeout = '10s'`;
    await transaction.unsafe(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  });
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Drops the schemas whose programs are gone; one in which a statement still ends is left to the next. */
async function dropAbandoned(sql: Sql, owner: Sql): Promise<void> {
  const schemas = await owner<{ name: string }[]>`
    SELECT nspname AS name FROM pg_namespace
     WHERE nspname ~ ${`^${SCRATCH_PREFIX}[0-9a-f_]+$`} AND pg_has_role(nspowner, 'USAGE')`;
  for (const { name } of schemas) {
    const [lock] = await owner<{ taken: boolean }[]>`
      SELECT pg_try_advisory_lock(${LOCK_CLASS}::int, hashtext(${name})) AS taken`;
    if (!lock?.taken) continue;
    await drop(sql, name).catch((error) => {
      const busy = error instanceof postgres.PostgresError && error.code === LOCK_NOT_AVAILABLE;
      if (!busy) throw error;
    });
    await owner`SELECT pg_advisory_unlock(${LOCK_CLASS}::int, hashtext(${name}))`;
  }
}

/** The scratch schemas that there are. */
export async function scratchSchemas(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, ${SCRATCH_PREFIX})`;
  return rows.map(({ name }) => name);
}
