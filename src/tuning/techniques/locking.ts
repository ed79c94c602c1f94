import type { Sql, Transaction } from '../../stores/postgres.js';
import { rolledBack } from '../session.js';
import { allPresent, type StageRequest, stageWithout, type Technique } from './technique.js';
import { readOnlyObstacle } from './writable.js';

/** How long it waits for others; they wait behind it for as long. */
const LOCK_WAIT_MS = 1_500;

/**
 * Drops the indexes, or builds those that are not there, inside a transaction that is never committed.
 * Nobody can write while an index is built, and nobody read while it is dropped, so it has to be
 * allowed by name.
 */
export const lockingVariant: Technique = {
  key: 'lock',
  name: 'built or dropped in a rolled-back transaction',
  estimates: false,

  async obstacle(sql, request) {
    const tables = tablesOf(request);
    if (!request.allowLock) return `which makes others wait for ${tables.join(', ')}: --allow-lock`;
    const readOnly = await readOnlyObstacle(sql);
    if (readOnly) return readOnly;
    const [server] = await sql<{ owner: boolean }[]>`
      SELECT bool_and(pg_has_role(relowner, 'USAGE')) AS owner
        FROM json_array_elements_text(${JSON.stringify(tables)}::text::json) AS named (name)
        JOIN pg_class ON pg_class.oid = to_regclass(quote_ident(name))`;
    if (!server?.owner) return `which needs the owner of ${tables.join(', ')}`;
    const backing = await constraintsOf(sql, request);
    return backing ? `which cannot drop what backs the constraint ${backing}` : undefined;
  },

  stage(sql, request, work) {
    return rolledBack(sql, request.session, async (transaction) => {
      await transaction`SELECT set_config('lock_timeout', ${`${LOCK_WAIT_MS}ms`}, true)`;
      if (!allPresent(request)) {
        for (const { definition } of request.targets) await transaction.unsafe(definition);
      }
      return work(stageWithout(transaction, () => drop(transaction, request)));
    });
  },
};

function tablesOf({ targets }: StageRequest): string[] {
  return [...new Set(targets.map(({ table }) => table))];
}

async function constraintsOf(sql: Sql, { targets }: StageRequest): Promise<string | undefined> {
  const oids = JSON.stringify(targets.flatMap(({ oid }) => oid ?? []));
  const [row] = await sql<{ name: string }[]>`
    SELECT conname AS name FROM pg_constraint
     WHERE conindid IN (SELECT value::oid FROM json_array_elements_text(${oids}::text::json))`;
  return row?.name;
}

async function drop(transaction: Transaction, { targets }: StageRequest): Promise<void> {
  const names = JSON.stringify(targets.map(({ name }) => name));
  const [row] = await transaction<{ statement: string }[]>`
    SELECT 'DROP INDEX ' || string_agg(quote_ident(name), ', ') AS statement
      FROM json_array_elements_text(${names}::text::json) AS named (name)`;
  await transaction.unsafe(row?.statement ?? '');
}
