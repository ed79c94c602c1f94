import { RequestError } from '../errors.js';
import type { Sql } from '../stores/postgres.js';
import type { Assertion } from './assertions.js';

/**
 * Makes sure that assertions are about tables that are there: `no Seq Scan on poosts` would hold for
 * ever.
 *
 * @throws RequestError `no-such-table`
 */
export async function checkTables(sql: Sql, assertions: readonly Assertion[]): Promise<void> {
  for (const { text, table } of assertions) {
    if (table === undefined) continue;
    const [row] = await sql<{ there: boolean }[]>`
      SELECT to_regclass(quote_ident(${table})) IS NOT NULL AS there`;
    if (row?.there) continue;
    const missing = `there is no table ${table}, of which '${text}' speaks`;
    throw new RequestError('no-such-table', missing, 'see: socialdb index list');
  }
}
