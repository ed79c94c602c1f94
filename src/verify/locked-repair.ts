import postgres from 'postgres';
import type { Sql, Transaction } from '../stores/postgres.js';

/** How the rows of one table are locked and made right. */
export interface Repair<Change> {
  /**
   * Locks those of the rows that are there, in the order of their ids, and tells which.
   * @param wait false: without those that somebody else has locked
   */
  lock(transaction: Transaction, ids: readonly string[], wait: boolean): Promise<string[]>;
  /** Counts again and makes right, under the lock; tells what it changed. */
  correct(transaction: Transaction, ids: readonly string[]): Promise<Change[]>;
}

/** Few, so that a writer never waits long for one of them. */
const TOGETHER = 100;
const ATTEMPTS = 3;
const LOCK_TIMEOUT = '55P03';

/**
 * Makes rows right while others write to them. What is right is counted anew once a row is locked, in
 * a statement and so a snapshot of its own: whoever wrote before has committed, and whoever comes
 * later waits, and adds to the corrected value.
 *
 * It never waits for a lock while it holds one, so that no writer can end up in a deadlock with it: rows
 * that somebody holds are left for later, and then taken one at a time.
 *
 * @returns what was changed, and the ids of rows that could not be locked
 */
export async function repairLocked<Change>(
  sql: Sql,
  ids: readonly string[],
  repair: Repair<Change>,
): Promise<{ changes: Change[]; left: string[] }> {
  const changes: Change[] = [];
  const busy: string[] = [];
  for (let from = 0; from < ids.length; from += TOGETHER) {
    const some = ids.slice(from, from + TOGETHER);
    const { locked, changed } = await once(sql, some, repair, false);
    changes.push(...changed);
    busy.push(...some.filter((id) => !locked.includes(id)));
  }
  const left: string[] = [];
  for (const id of busy) {
    const changed = await patiently(() => once(sql, [id], repair, true));
    if (changed) changes.push(...changed.changed);
    else left.push(id);
  }
  return { changes, left };
}

function once<Change>(
  sql: Sql,
  ids: readonly string[],
  { lock, correct }: Repair<Change>,
  wait: boolean,
): Promise<{ locked: string[]; changed: Change[] }> {
  return sql.begin(async (transaction) => {
    const locked = await lock(transaction, ids, wait);
    return { locked, changed: locked.length > 0 ? await correct(transaction, locked) : [] };
  });
}

/** Undefined when the row stays locked. */
async function patiently<T>(work: () => Promise<T>): Promise<T | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof postgres.PostgresError && error.code === LOCK_TIMEOUT)) throw error;
    }
  }
  return undefined;
}

/** An array of ids as PostgreSQL writes it. */
export function idArray(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}
