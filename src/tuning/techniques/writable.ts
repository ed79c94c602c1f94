import type { Sql } from '../../stores/postgres.js';

/** What keeps transactions from writing here, were it only a temporary table; undefined if nothing does. */
export async function readOnlyObstacle(sql: Sql): Promise<string | undefined> {
  const [server] = await sql<{ standby: boolean; readOnly: boolean }[]>`
    SELECT pg_is_in_recovery() AS standby,
           current_setting('transaction_read_only')::boolean AS "readOnly"`;
  if (server?.standby) return 'which needs a primary: this server is a standby';
  return server?.readOnly ? 'which needs to write: default_transaction_read_only is on' : undefined;
}
