import { randomBytes } from 'node:crypto';
import { openPostgres, type Sql } from '../stores/postgres.js';
import type { Stores } from '../stores/stores.js';

const PREFIX = 'socialdb_scratch_';
/** Nobody's work takes so long: a schema that old was left behind by a program that was killed. */
const ABANDONED_SECONDS = 6 * 3_600;

/**
 * Runs `work` in a schema of its own, which is dropped afterwards, whatever happens. Unqualified names
 * mean this schema and no other. What a killed program left behind is dropped by a later one.
 *
 * @param timeoutMs bound on one statement in it, milliseconds
 * @param work gets a pool whose search_path is the schema
 */
export async function inScratchSchema<T>(
  stores: Pick<Stores, 'postgres' | 'config'>,
  timeoutMs: number,
  work: (scratch: Sql) => Promise<T>,
): Promise<T> {
  const sql = stores.postgres(timeoutMs);
  await dropAbandoned(sql);
  const schema = `${PREFIX}${Math.floor(Date.now() / 1_000)}_${randomBytes(4).toString('hex')}`;
  await sql.unsafe(`CREATE SCHEMA ${schema}`);
  const scratch = openPostgres(stores.config.databaseUrl ?? '', { timeoutMs, schema });
  try {
    return await work(scratch);
  } finally {
    await scratch.end({ timeout: 1 });
    await drop(sql, schema);
  }
}

/** A session that has just ended may hold its locks for a moment longer. */
async function drop(sql: Sql, schema: string): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`SET LOCAL lock_timeout = '10s'`;
    await transaction.unsafe(`DROP SCHEMA ${schema} CASCADE`);
  });
}

async function dropAbandoned(sql: Sql): Promise<void> {
  const rows = await sql<{ name: string }[]>`
    SELECT nspname AS name FROM pg_namespace
     WHERE nspname ~ ${`^${PREFIX}[0-9]+_[0-9a-f]{8}$`}
       AND split_part(nspname, '_', 3)::bigint < extract(epoch FROM now()) - ${ABANDONED_SECONDS}::int
       AND pg_has_role(nspowner, 'USAGE')`;
  for (const { name } of rows) await drop(sql, name);
}
