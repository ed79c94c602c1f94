import type { Sql, Transaction } from '../../stores/postgres.js';
import { readOnly, rolledBack, undone } from '../session.js';
import type { Stage, Target, Technique } from './technique.js';

/**
 * Marks the indexes invalid in the catalog, inside a transaction that is never committed. The planner
 * leaves an invalid index out; every other session goes on seeing a valid one, and the index is kept
 * up to date throughout. It takes a row lock in pg_index and no lock on the table.
 */
export const rolledBackHiding: Technique = {
  name: 'hidden in a rolled-back transaction',

  async obstacle(sql) {
    const [server] = await sql<{ mayWrite: boolean; standby: boolean }[]>`
      SELECT has_table_privilege('pg_catalog.pg_index', 'UPDATE') AS "mayWrite",
             pg_is_in_recovery() AS standby`;
    if (server?.standby) return 'which needs a primary: this server is a standby';
    return server?.mayWrite ? undefined : 'which needs a superuser, to write to pg_index';
  },

  stage(sql: Sql, targets, options, work) {
    return rolledBack(sql, options, (transaction) => work(stageOf(transaction, targets)));
  },
};

function stageOf(transaction: Transaction, targets: readonly Target[]): Stage {
  return {
    withIndexes: (work) =>
      undone(transaction, async () => {
        await readOnly(transaction);
        return work(transaction);
      }),
    withoutIndexes: (work) =>
      undone(transaction, async () => {
        await hide(transaction, targets);
        await readOnly(transaction);
        return work(transaction);
      }),
  };
}

async function hide(transaction: Transaction, targets: readonly Target[]): Promise<void> {
  const oids = JSON.stringify(targets.map(({ oid }) => oid));
  await transaction`
    UPDATE pg_catalog.pg_index SET indisvalid = false
     WHERE indexrelid IN (SELECT value::oid FROM json_array_elements_text(${oids}::text::json))`;
}
