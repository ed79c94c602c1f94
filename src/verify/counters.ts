import type { Queryable, Sql, Transaction } from '../stores/postgres.js';
import { type Drift, Tally, type Verified, type VerifyOptions, walk } from './check.js';
import { idArray, repairLocked } from './locked-repair.js';

/** A row whose counters are not what they count. */
export interface Miscount {
  readonly id: string;
  /** Each counter that is wrong: what it says, and what it should say. */
  readonly drifts: readonly Drift[];
}

/** Rows by id: all behind `after` up to `last`, or those of a list. */
export type Rows =
  | { readonly after: string | undefined; readonly last: string }
  | { readonly ids: readonly string[] };

/** One table with the counters of its rows. */
export interface Counters {
  readonly name: string;
  /** Whose rows are counted for. */
  readonly table: 'users' | 'posts';
  /** Those of the rows whose counters are wrong, by one statement, which has one snapshot. */
  miscounts(sql: Queryable, rows: Rows): Promise<Miscount[]>;
  /** Makes sure that the rows have counters to be locked. */
  prepare?(sql: Sql, ids: readonly string[]): Promise<void>;
  lock(transaction: Transaction, ids: readonly string[], wait: boolean): Promise<string[]>;
  write(transaction: Transaction, miscounts: readonly Miscount[]): Promise<void>;
}

const BATCH = 5_000;

/**
 * Compares counters with what they count, in batches along the ids. A change and its counting are one
 * transaction, so that any snapshot shows both or none: what differs in it is wrong, whoever writes
 * meanwhile. Reading locks nobody out.
 */
export async function verifyCounters(
  sql: Sql,
  counters: Counters,
  options: VerifyOptions,
): Promise<Verified> {
  const tally = new Tally();
  await walk<string>(sql, counters.table, options, async (after) => {
    const batch = await nextIds(sql, counters.table, after, options.batchSize ?? BATCH);
    if (!batch) return undefined;
    tally.checked += batch.rows;
    const found = await counters.miscounts(sql, { after, last: batch.last });
    if (!options.repair) {
      tally.wrong += found.length;
      tally.note(found.flatMap(({ drifts }) => drifts));
    } else if (found.length > 0) {
      await repair(sql, counters, found, tally);
    }
    return batch;
  });
  return tally.verified(counters.name);
}

async function nextIds(sql: Sql, table: string, after: string | undefined, limit: number) {
  const [batch] = await sql<{ rows: number; last: string }[]>`
    SELECT count(*) AS rows, (array_agg(id ORDER BY id DESC))[1] AS last
      FROM (SELECT id FROM ${sql(table)} ${after ? sql`WHERE id > ${after}` : sql``}
             ORDER BY id LIMIT ${limit}) AS batch`;
  return batch && batch.rows > 0 ? batch : undefined;
}

async function repair(
  sql: Sql,
  counters: Counters,
  found: readonly Miscount[],
  tally: Tally,
): Promise<void> {
  const ids = found.map(({ id }) => id);
  await counters.prepare?.(sql, ids);
  const { changes, left } = await repairLocked<Miscount>(sql, ids, {
    lock: (transaction, some, wait) => counters.lock(transaction, some, wait),
    async correct(transaction, locked) {
      const miscounts = await counters.miscounts(transaction, { ids: locked });
      if (miscounts.length > 0) await counters.write(transaction, miscounts);
      return miscounts;
    },
  });
  tally.wrong += changes.length + left.length;
  tally.repaired += changes.length;
  tally.note(changes.flatMap(({ drifts }) => drifts));
}

/** A condition on a column of ids. */
export function within(sql: Queryable, column: string, rows: Rows) {
  const name = sql(column);
  if ('ids' in rows) return sql`${name} = ANY (${idArray(rows.ids)}::uuid[])`;
  return sql`${rows.after ? sql`${name} > ${rows.after} AND` : sql``} ${name} <= ${rows.last}`;
}
