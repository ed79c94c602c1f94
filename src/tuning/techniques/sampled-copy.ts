import type { Transaction } from '../../stores/postgres.js';
import { rolledBack } from '../session.js';
import { type StageRequest, stageWithout, type Technique } from './technique.js';
import { copyRows, indexesOn, type Sampled, tablesRead } from './temporary-copy.js';

/** Of each table; what is larger is sampled. 64 MB are some hundred thousand posts. */
const CAP_BYTES = 64 * 1024 ** 2;
/** Room for the copies, so that they are read from memory, as what is used often would be. */
const BUFFERS = '512MB';

/**
 * Copies the tables that the statements read into temporary ones, with all their indexes, and drops
 * the compared ones there. It needs no rights but to read, and nobody else sees any of it.
 */
export const sampledCopy: Technique = {
  key: 'copy',
  name: 'measured on a temporary copy',
  estimates: false,

  async obstacle(sql) {
    const [server] = await sql<{ temporary: boolean; standby: boolean }[]>`
      SELECT has_database_privilege(current_database(), 'TEMPORARY') AS temporary,
             pg_is_in_recovery() AS standby`;
    if (server?.standby) return 'which needs a primary: this server is a standby';
    return server?.temporary ? undefined : 'which needs the right to make temporary tables';
  },

  stage(sql, request, work) {
    return rolledBack(sql, request.session, async (transaction) => {
      await makeRoom(transaction);
      const copies = await copyAll(transaction, request);
      return work(stageWithout(transaction, () => drop(transaction, request), copies));
    });
  },
};

async function copyAll(transaction: Transaction, request: StageRequest): Promise<Sampled[]> {
  const { targets, statements } = request;
  const read = await tablesRead(transaction, statements);
  const tables = new Set([...targets.map(({ table }) => table), ...read]);
  const copies: Sampled[] = [];
  for (const table of tables) {
    const indexes = await indexesOn(transaction, table, targets);
    copies.push(await copyRows(transaction, table, CAP_BYTES));
    for (const { statement } of indexes) await transaction.unsafe(statement);
    await transaction.unsafe(`ANALYZE ${await temporary(transaction, table)}`);
  }
  return copies;
}

async function drop(transaction: Transaction, { targets }: StageRequest): Promise<void> {
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
