import type { Sql } from '../stores/postgres.js';

/** A transaction of another session that is open now. */
export interface OpenTransaction {
  readonly pid: number;
  /** What the program calls itself, else the role. */
  readonly name: string;
  /** `active`, `idle in transaction`, …; null where this role may not see it, as the next two. */
  readonly state: string | null;
  /** How long it has been open, milliseconds. */
  readonly openMs: number | null;
}

/**
 * Whom CREATE and DROP INDEX CONCURRENTLY wait for: those who write to the table, and those whose
 * snapshot is older and could still look for rows that the index would not have.
 *
 * @returns the oldest first
 */
export async function openTransactions(sql: Sql, table: string): Promise<OpenTransaction[]> {
  return [
    ...(await sql<OpenTransaction[]>`
      SELECT pid, coalesce(nullif(application_name, ''), usename) AS name, state,
             (1000 * extract(epoch FROM clock_timestamp() - xact_start))::float8 AS "openMs"
        FROM pg_stat_activity AS other
       WHERE datname = current_database() AND pid <> pg_backend_pid()
         AND backend_type = 'client backend'
         AND (backend_xmin IS NOT NULL OR EXISTS (
               SELECT FROM pg_locks AS held
                WHERE held.pid = other.pid AND held.granted
                  AND held.relation = to_regclass(quote_ident(${table}))
                  AND held.mode NOT IN ('AccessShareLock', 'RowShareLock')))
       ORDER BY xact_start`),
  ];
}
