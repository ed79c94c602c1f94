import postgres from 'postgres';
import type { Sql, Transaction } from '../stores/postgres.js';
import { parsePlan } from './plan.js';
import { rolledBack, type SessionOptions, undone } from './session.js';
import { copyObstacle } from './techniques/sampled-copy.js';
import type { Target } from './techniques/technique.js';
import { copyRows, indexesOn } from './techniques/temporary-copy.js';

/** What an index costs those who do not read. */
export interface Price {
  readonly index: string;
  readonly table: string;
  /** On disk; of an index that is not there what it would take, from the copy. Null: not known. */
  readonly sizeBytes: number | null;
  readonly sizeEstimated: boolean;
  /** What one inserted row takes without it and with it, milliseconds; null: it could not be measured. */
  readonly insertMs: { readonly without: number; readonly with: number } | null;
}

/** Some ten thousand rows: enough for an index of a usual depth, quick to copy. */
const CAP_BYTES = 16 * 1024 ** 2;
const INSERTED_ROWS = 2_000;
const ROUNDS = 5;

/**
 * Measures what indexes cost: a part of their table is copied into a temporary one, with all of its
 * indexes, and rows are inserted there with and without the one in question, in turns. A temporary
 * table writes no WAL, so a real insert pays somewhat more.
 */
export async function pricesOf(
  sql: Sql,
  targets: readonly Target[],
  session: SessionOptions,
): Promise<Price[]> {
  const obstacle = await copyObstacle(sql);
  const prices: Price[] = [];
  for (const target of targets) {
    const measured =
      obstacle === undefined
        ? await rolledBack(sql, session, (transaction) =>
            measurePrice(transaction, target, targets),
          ).catch(unknownPrice)
        : UNKNOWN;
    const size = await sizeOf(sql, target);
    prices.push({
      index: target.name,
      table: target.table,
      sizeBytes: size ?? measured.wouldBe,
      sizeEstimated: size === null,
      insertMs: measured.insertMs,
    });
  }
  return prices;
}

const UNKNOWN = { insertMs: null, wouldBe: null };

/** The comparison stands without its price, which a time limit or a missing right may deny. */
function unknownPrice(error: unknown): typeof UNKNOWN {
  if (error instanceof postgres.PostgresError) return UNKNOWN;
  throw error;
}

async function sizeOf(sql: Sql, { oid }: Target): Promise<number | null> {
  if (oid === null) return null;
  const [row] = await sql<{ bytes: number }[]>`SELECT pg_relation_size(${oid}::int8::oid) AS bytes`;
  return row?.bytes ?? null;
}

async function measurePrice(
  transaction: Transaction,
  target: Target,
  targets: readonly Target[],
): Promise<{ insertMs: Price['insertMs']; wouldBe: number | null }> {
  const indexes = await indexesOn(transaction, target.table, targets);
  const copied = await copyRows(transaction, target.table, CAP_BYTES);
  const copy = await namesOf(transaction, target);
  // Rows from all over the table are set aside, to be inserted where there is room for them.
  const step = Math.max(2, Math.floor(copied.rows / INSERTED_ROWS));
  await transaction.unsafe(`
    CREATE TEMPORARY TABLE socialdb_drawn AS
    SELECT drawn AS one, row_number() OVER () % ${step} = 0 AS later FROM ${copy.table} AS drawn`);
  await transaction.unsafe(`TRUNCATE ${copy.table}`);
  for (const { statement } of indexes) await transaction.unsafe(statement);
  await transaction.unsafe(
    `INSERT INTO ${copy.table} SELECT (one).* FROM socialdb_drawn WHERE NOT later`,
  );
  const wouldBe = await undone(transaction, async () => {
    // As CREATE INDEX packs it; what grew row by row takes more room.
    await transaction.unsafe(`REINDEX INDEX ${copy.index}`);
    return sizeFrom(transaction, copy.index, copied);
  });
  const times = { without: [] as number[], with: [] as number[] };
  for (let round = 0; round < 2 * ROUNDS; round += 1) {
    const side = round % 4 === 0 || round % 4 === 3 ? 'without' : 'with';
    times[side].push(
      await undone(transaction, async () => {
        if (side === 'without') await transaction.unsafe(`DROP INDEX ${copy.index}`);
        return insertMs(transaction, copy.table);
      }),
    );
  }
  const rows = Math.floor(copied.rows / step);
  if (rows === 0) return { insertMs: null, wouldBe };
  return {
    insertMs: { without: median(times.without) / rows, with: median(times.with) / rows },
    wouldBe,
  };
}

async function namesOf(transaction: Transaction, { name, table }: Target) {
  const [names] = await transaction<{ index: string; table: string }[]>`
    SELECT format('pg_temp.%I', ${name}::text) AS index, format('pg_temp.%I', ${table}::text) AS table`;
  if (!names) throw new Error('format gave nothing');
  return names;
}

/** What the index takes on the copy, in proportion to the rows of the real table. */
async function sizeFrom(
  transaction: Transaction,
  index: string,
  { rows, ofRows }: { rows: number; ofRows: number },
): Promise<number> {
  const [row] = await transaction<{ bytes: number }[]>`
    SELECT pg_relation_size(${index}::text::regclass) AS bytes`;
  return Math.round(((row?.bytes ?? 0) * Math.max(ofRows, rows)) / Math.max(rows, 1));
}

async function insertMs(transaction: Transaction, table: string): Promise<number> {
  const [row] = await transaction.unsafe<Record<string, unknown>[]>(
    `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)
     INSERT INTO ${table} SELECT (one).* FROM socialdb_drawn WHERE later`,
  );
  return parsePlan(row?.['QUERY PLAN']).executionMs ?? 0;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
