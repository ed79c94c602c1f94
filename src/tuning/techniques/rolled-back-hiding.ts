import type { Transaction } from '../../stores/postgres.js';
import { rolledBack } from '../session.js';
import {
  allPresent,
  NEEDS_PRESENT,
  stageWithout,
  type Target,
  type Technique,
} from './technique.js';
import { readOnlyObstacle } from './writable.js';

/**
 * Marks the indexes invalid in the catalog, inside a transaction that is never committed. The planner
 * leaves an invalid index out; every other session goes on seeing a valid one, and the index is kept
 * up to date throughout. It takes a row lock in pg_index and no lock on the table.
 */
export const rolledBackHiding: Technique = {
  key: 'catalog',
  name: 'hidden in a rolled-back transaction',
  estimates: false,

  async obstacle(sql, request) {
    if (!allPresent(request)) return NEEDS_PRESENT;
    const readOnly = await readOnlyObstacle(sql);
    if (readOnly) return readOnly;
    const [server] = await sql<{ mayWrite: boolean }[]>`
      SELECT has_table_privilege('pg_catalog.pg_index', 'UPDATE') AS "mayWrite"`;
    return server?.mayWrite ? undefined : 'which needs a superuser, to write to pg_index';
  },

  stage(sql, { targets, session }, work) {
    return rolledBack(sql, session, (transaction) =>
      work(stageWithout(transaction, () => hide(transaction, targets))),
    );
  },
};

async function hide(transaction: Transaction, targets: readonly Target[]): Promise<void> {
  const oids = JSON.stringify(targets.map(({ oid }) => oid));
  await transaction`
    UPDATE pg_catalog.pg_index SET indisvalid = false
     WHERE indexrelid IN (SELECT value::oid FROM json_array_elements_text(${oids}::text::json))`;
}
