import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { openPostgres, type Sql, type Transaction } from '../stores/postgres.js';
import { lossOf } from '../stores/postgres-failure.js';
import type { Stores } from '../stores/stores.js';

export const SCRATCH_PREFIX = 'socialdb_scratch_';
const SCRATCH_NAME = `^${SCRATCH_PREFIX}[0-9a-f_]+$`;
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
    await dropAbandoned(sql);
    const schema = scratchName();
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
      await dropScratch(owner, schema, loss);
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

/** A name that no other scratch schema has. */
export function scratchName(): string {
  return SCRATCH_PREFIX + randomBytes(8).toString('hex');
}

/** Makes a scratch schema known as one that is used until this transaction ends; to be called before it is made. */
export async function claimScratch(transaction: Transaction, schema: string): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, hashtext(${schema}))`;
}

/**
 * Drops a scratch schema that may be there. A server that went away is not waited for once more: the
 * next program drops the schema.
 *
 * @param loss how the server went away before
 */
export async function dropScratch(
  sql: Sql,
  schema: string,
  loss?: ReturnType<typeof lossOf>,
): Promise<void> {
  if (!loss) return drop(sql, schema);
  if (loss === 'silence') return;
  const dropped = drop(sql, schema).catch(() => {});
  await Promise.race([dropped, sleep(LAST_PATIENCE_MS, undefined, { ref: false })]);
}

async function drop(sql: Sql, schema: string): Promise<void> {
  await sql.begin((transaction) => dropIn(transaction, schema));
}

/** A session that has just ended may hold its locks for a moment longer. */
async function dropIn(transaction: Transaction, schema: string): Promise<void> {
  await transaction`SET LOCAL lock_timeout = '10s'`;
  await transaction.unsafe(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Drops the schemas whose programs are gone; one in which a statement still ends is left to the next. */
export async function dropAbandoned(sql: Sql): Promise<void> {
  const schemas = await sql<{ name: string }[]>`
    SELECT nspname AS name FROM pg_namespace
     WHERE nspname ~ ${SCRATCH_NAME} AND pg_has_role(nspowner, 'USAGE')`;
  for (const { name } of schemas) {
    const dropped = sql.begin(async (transaction) => {
      const [lock] = await transaction<{ taken: boolean }[]>`
        SELECT pg_try_advisory_xact_lock(${LOCK_CLASS}::int, hashtext(${name})) AS taken`;
      if (lock?.taken) await dropIn(transaction, name);
    });
    await dropped.catch((error) => {
      const busy = error instanceof postgres.PostgresError && error.code === LOCK_NOT_AVAILABLE;
      if (!busy) throw error;
    });
  }
}

/** A schema that a program has left behind, killed as it was. */
interface Abandoned {
  readonly name: string;
  /** Of its tables with their indexes, bytes. */
  readonly bytes: number;
}

/** The schemas whose programs are gone. */
export async function abandonedSchemas(sql: Sql): Promise<Abandoned[]> {
  const names = await scratchSchemas(sql);
  if (names.length === 0) return [];
  const isUsed = await schemasInUse(sql, names);
  const unused = names.filter((name) => !isUsed(name));
  // Asked of these only, since a table that is being filled does not tell its size; and a program that
  // has just come to its end has taken its schema along.
  return sql<Abandoned[]>`
    SELECT nspname AS name,
           (SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::int8
              FROM pg_class WHERE relnamespace = n.oid AND relkind = 'r') AS bytes
      FROM json_array_elements_text(${JSON.stringify(unused)}::text::json) AS name
      JOIN pg_namespace n ON nspname = name`;
}

/** The scratch schemas that there are. */
export async function scratchSchemas(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT nspname AS name FROM pg_namespace WHERE nspname ~ ${SCRATCH_NAME}`;
  return rows.map(({ name }) => name);
}
