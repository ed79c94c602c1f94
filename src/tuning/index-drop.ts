import { InterruptedError, RequestError } from '../errors.js';
import type { Sql } from '../stores/postgres.js';
import { isLost, LostWrite } from '../stores/postgres-failure.js';
import { dropStatement } from './index-build.js';
import { concurrently, lockOn } from './index-plan.js';
import { listIndexes, noSuchIndex } from './indexes.js';
import type { OpenTransaction } from './open-transactions.js';
import { onOneConnection } from './session.js';

/** What dropping an index will do, and how to undo it. */
export interface DropPlan {
  readonly name: string;
  readonly table: string;
  /** `DROP INDEX CONCURRENTLY …` */
  readonly statement: string;
  readonly lock: string;
  /** Those that it would wait for if it began now. */
  readonly openTransactions: readonly OpenTransaction[];
  /** The statement that brings it back. */
  readonly restore: string;
  readonly sizeBytes: number;
  readonly scans: number;
}

const REASONS = {
  'primary key': 'it is the primary key of',
  unique: 'it keeps values unique in',
  exclusion: 'it enforces an exclusion constraint on',
  'replica identity': 'replication tells rows apart by it in',
};

/**
 * Looks what there is to drop; changes nothing.
 *
 * @throws RequestError `index-not-found`; `index-needed` when it enforces a rule of the data
 */
export async function planDrop(sql: Sql, name: string): Promise<DropPlan> {
  const indexes = await listIndexes(sql);
  const index = indexes.find((entry) => entry.name === name && !entry.missing);
  if (!index)
    throw noSuchIndex(
      name,
      indexes.filter(({ missing }) => !missing),
    );
  if (index.backs) {
    throw new RequestError(
      'index-needed',
      `${name} cannot be dropped: ${REASONS[index.backs]} ${index.table}`,
      'an index that only speeds up reading can: socialdb index list',
    );
  }
  return {
    name,
    table: index.table,
    statement: await dropStatement(sql, name),
    ...(await lockOn(sql, index.table)),
    restore: concurrently(index.definition),
    sizeBytes: index.sizeBytes ?? 0,
    scans: index.scans ?? 0,
  };
}

/**
 * Drops an index while others read and write.
 *
 * @throws InterruptedError; it says when the index is there still but no longer used
 */
export async function dropIndex(
  sql: Sql,
  plan: DropPlan,
  interrupted?: AbortSignal,
): Promise<DropPlan & { changed: true }> {
  try {
    await onOneConnection(sql, interrupted, async (connection) => {
      // It waits for old transactions, which may take as long as they like: it locks nobody out.
      await connection`SET lock_timeout = 0`;
      await connection.unsafe(plan.statement);
    });
  } catch (error) {
    if (isLost(error)) throw new LostWrite('socialdb index list', error);
    const [left] = await sql<{ valid: boolean }[]>`
      SELECT indisvalid AS valid FROM pg_index
       WHERE indexrelid = to_regclass(quote_ident(${plan.name}))`;
    if (!(error instanceof InterruptedError) || !left) throw error;
    throw new InterruptedError(
      left.valid
        ? `${plan.name} is as it was`
        : `${plan.name} is there but no longer used: socialdb index drop ends it, index add builds it again`,
    );
  }
  return { ...plan, changed: true };
}
