import type { Transaction } from '../../stores/postgres.js';
import type { Target } from './technique.js';

/** A temporary table that stands for a real one of the same name. */
export interface Sampled {
  readonly table: string;
  /** Rows of the copy. */
  readonly rows: number;
  /** Rows of the real table, as the planner believes. */
  readonly ofRows: number;
  /** Every row was copied. */
  readonly whole: boolean;
}

interface Source {
  /** Qualified and quoted. */
  readonly qualified: string;
  /** The temporary table, qualified and quoted. */
  readonly copy: string;
  readonly bytes: number;
  readonly rows: number;
}

/**
 * Copies a table's rows into a temporary table of the same name, which is found before it. What is
 * larger than `capBytes` is sampled, block by block, the same blocks each time.
 */
export async function copyRows(
  transaction: Transaction,
  table: string,
  capBytes: number,
): Promise<Sampled> {
  const source = await sourceOf(transaction, table);
  const percent = Math.min(100, (100 * capBytes) / Math.max(source.bytes, 1));
  const sample = percent < 100 ? `TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1)` : '';
  await transaction.unsafe(`CREATE TEMPORARY TABLE ${source.copy} (LIKE ${source.qualified})`);
  const { count } = await transaction.unsafe(
    `INSERT INTO ${source.copy} SELECT * FROM ${source.qualified} ${sample}`,
  );
  const whole = percent === 100;
  return { table, rows: count, ofRows: whole ? count : source.rows, whole };
}

async function sourceOf(transaction: Transaction, table: string): Promise<Source> {
  const [source] = await transaction<Source[]>`
    SELECT format('%I.%I', n.nspname, c.relname) AS qualified,
           format('pg_temp.%I', c.relname) AS copy,
           coalesce((SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(c.oid))::int8,
                    pg_relation_size(c.oid)) AS bytes,
           greatest(c.reltuples, 0)::int8 AS rows
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass(quote_ident(${table}))`;
  if (!source) throw new Error(`table ${table} is gone`);
  return source;
}

/** What makes an index on the copy of its table, under its own name. */
export interface CopiedIndex {
  readonly name: string;
  readonly statement: string;
}

/**
 * The usable indexes of a table, and those targets on it that are not there. To be asked before the
 * copy takes the table's name.
 */
export async function indexesOn(
  transaction: Transaction,
  table: string,
  targets: readonly Target[],
): Promise<CopiedIndex[]> {
  const absent = targets.filter((target) => target.oid === null && target.table === table);
  return transaction<CopiedIndex[]>`
    SELECT name,
           format('CREATE %s %I ON pg_temp.%I %s',
                  CASE WHEN definition LIKE 'CREATE UNIQUE %' THEN 'UNIQUE INDEX' ELSE 'INDEX' END,
                  name, ${table}::text,
                  coalesce(substring(definition FROM ' (USING .*)$'),
                           substring(definition FROM ' (\\(.*)$'))) AS statement
      FROM (SELECT c.relname::text AS name, pg_get_indexdef(i.indexrelid) AS definition
              FROM pg_index i
              JOIN pg_class c ON c.oid = i.indexrelid
             WHERE i.indrelid = to_regclass(quote_ident(${table})) AND i.indisvalid
             UNION ALL
            SELECT name, definition
              FROM json_to_recordset(${JSON.stringify(absent)}::text::json)
                   AS absent (name text, definition text)) AS indexes`;
}
