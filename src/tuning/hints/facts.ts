import type { Sql } from '../../stores/postgres.js';
import { type KnownIndex, knownIndexes } from '../known-indexes.js';

export interface TableFacts {
  readonly name: string;
  /** Name and type of each column. */
  readonly columns: Readonly<Record<string, string>>;
  /** Rows as the last ANALYZE or VACUUM counted them; -1: there was none. */
  readonly analyzedRows: number;
  readonly pages: number;
  /** Pages at the last ANALYZE or VACUUM. */
  readonly analyzedPages: number;
  /** Live rows, as the activity statistics count them. */
  readonly liveRows: number;
  /** Pages of which VACUUM has noted that everybody may see all their rows. */
  readonly visiblePages: number;
  /** Rows written since the last ANALYZE. */
  readonly changedRows: number;
}

export interface IndexFacts {
  readonly name: string;
  readonly table: string;
  readonly valid: boolean;
  /** `btree`, `gin`, … */
  readonly method: string;
  /** The condition of a partial index. */
  readonly predicate: string | null;
  /** Key columns in their order; `text` is the column's name or the expression. */
  readonly keys: readonly { text: string; plain: boolean; descending: boolean }[];
}

/** What the catalog says about the tables of a plan. */
export interface Facts {
  readonly tables: ReadonlyMap<string, TableFacts>;
  readonly indexes: readonly IndexFacts[];
  /** Those that socialdb's migrations make and that are not there. */
  readonly missing: readonly KnownIndex[];
  readonly settings: Readonly<Record<string, string>>;
  readonly role: string;
}

/** @param names tables as plans name them; those that the search path does not reach are left out */
export async function readFacts(sql: Sql, names: readonly string[]): Promise<Facts> {
  const [tables, indexes, known, [server]] = await Promise.all([
    readTables(sql, names),
    readIndexes(sql, names),
    knownIndexes(),
    sql<{ settings: Record<string, string>; role: string; present: string[] }[]>`
      SELECT json_object_agg(name, current_setting(name)) AS settings, current_user AS role,
             (SELECT coalesce(json_agg(c.relname), '[]') FROM pg_class c
               WHERE c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace) AS present
        FROM pg_settings
       WHERE name IN ('work_mem', 'random_page_cost', 'max_parallel_workers', 'max_worker_processes')`,
  ]);
  return {
    tables: new Map(tables.map((table) => [table.name, table])),
    indexes,
    missing: known.filter(({ name }) => !server?.present.includes(name)),
    settings: server?.settings ?? {},
    role: server?.role ?? '',
  };
}

/** What the catalog says about these tables, as {@link readFacts} does. */
export async function readTables(sql: Sql, names: readonly string[]): Promise<TableFacts[]> {
  return sql<TableFacts[]>`
    SELECT c.relname AS name, c.reltuples::float8 AS "analyzedRows",
           pg_relation_size(c.oid) / current_setting('block_size')::int AS pages,
           c.relallvisible AS "visiblePages", c.relpages AS "analyzedPages",
           coalesce(pg_stat_get_live_tuples(c.oid), 0) AS "liveRows",
           coalesce(pg_stat_get_mod_since_analyze(c.oid), 0) AS "changedRows",
           (SELECT coalesce(json_object_agg(a.attname, format_type(a.atttypid, NULL)), '{}')
              FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
      FROM json_array_elements_text(${JSON.stringify(names)}::text::json) AS wanted (name)
      JOIN pg_class c ON c.oid = to_regclass(quote_ident(wanted.name))
     WHERE c.relkind IN ('r', 'm')`;
}

async function readIndexes(sql: Sql, names: readonly string[]): Promise<IndexFacts[]> {
  return sql<IndexFacts[]>`
    SELECT c.relname AS name, wanted.name AS table, i.indisvalid AS valid, am.amname AS method,
           pg_get_expr(i.indpred, i.indrelid) AS predicate,
           (SELECT json_agg(json_build_object(
                     'text', pg_get_indexdef(i.indexrelid, place, false),
                     'plain', i.indkey[place - 1] <> 0,
                     'descending', i.indoption[place - 1] & 1 = 1) ORDER BY place)
              FROM generate_series(1, i.indnkeyatts::int) AS place) AS keys
      FROM json_array_elements_text(${JSON.stringify(names)}::text::json) AS wanted (name)
      JOIN pg_index i ON i.indrelid = to_regclass(quote_ident(wanted.name))
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_am am ON am.oid = c.relam`;
}
