import type { Sql, Transaction } from '../../stores/postgres.js';
import { rolledBack, type SessionOptions } from '../session.js';
import { stageWithout, type Target, type Technique } from './technique.js';
import { copyRows, indexesOn, type Sampled } from './temporary-copy.js';
import { readOnlyObstacle } from './writable.js';

/** Of each table; what is larger is sampled. 64 MB are some hundred thousand posts. */
const CAP_BYTES = 64 * 1024 ** 2;
/** Room for the copies, so that they are read from memory, as what is used often would be. */
const BUFFERS = '512MB';

/**
 * Copies the tables of the compared indexes into temporary ones, with all their indexes, and drops the
 * compared ones there. It needs no rights but to read, and nobody else sees any of it. Other tables are
 * read as they are: a sample of who follows whom would have hardly anybody's followees.
 */
export const sampledCopy: Technique = {
  key: 'copy',
  name: 'measured on a temporary copy',
  estimates: false,
  obstacle: copyObstacle,
  stage(sql, { targets, session }, work) {
    return withCopies(sql, targets, session, (transaction, copies) =>
      work(stageWithout(transaction, () => dropOnCopies(transaction, targets), copies)),
    );
  },
};

/** What keeps tables from being copied here; undefined if nothing does. */
export async function copyObstacle(sql: Sql): Promise<string | undefined> {
  const readOnly = await readOnlyObstacle(sql);
  if (readOnly) return readOnly;
  const [server] = await sql<{ temporary: boolean }[]>`
    SELECT has_database_privilege(current_database(), 'TEMPORARY') AS temporary`;
  return server?.temporary ? undefined : 'which needs the right to make temporary tables';
}

/**
 * Runs `work` where the unqualified names of the indexes' tables mean temporary copies, which have the
 * indexes, and all others that are there. They are gone when it has ended.
 */
export function withCopies<T>(
  sql: Sql,
  targets: readonly Target[],
  session: SessionOptions,
  work: (transaction: Transaction, copies: readonly Sampled[]) => Promise<T>,
): Promise<T> {
  return rolledBack(sql, session, async (transaction) => {
    await makeRoom(transaction);
    const copies: Sampled[] = [];
    for (const table of new Set(targets.map((target) => target.table))) {
      const indexes = await indexesOn(transaction, table, targets);
      copies.push(await copyRows(transaction, table, CAP_BYTES));
      for (const { statement } of indexes) await transaction.unsafe(statement);
      await transaction.unsafe(`ANALYZE ${await temporary(transaction, table)}`);
    }
    return work(transaction, copies);
  });
}

export async function dropOnCopies(
  transaction: Transaction,
  targets: readonly Target[],
): Promise<void> {
  for (const { name } of targets) {
    await transaction.unsafe(`DROP INDEX ${await temporary(transaction, name)}`);
  }
}

async function temporary(transaction: Transaction, name: string): Promise<string> {
  const [row] = await transaction<{ qualified: string }[]>`
    SELECT format('pg_temp.%I', ${name}::text) AS qualified`;
  return row?.qualified ?? '';
}

/** A session that has used temporary tables before keeps the room that it had. */
async function makeRoom(transaction: Transaction): Promise<void> {
  await transaction`SAVEPOINT room`;
  await transaction`SELECT set_config('temp_buffers', ${BUFFERS}, true)`.catch(
    () => transaction`ROLLBACK TO SAVEPOINT room`,
  );
}
