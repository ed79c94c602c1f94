import { RequestError, UsageError } from '../errors.js';
import type { Sql } from '../stores/postgres.js';
import { listIndexes, noSuchIndex } from './indexes.js';
import { knownIndexes } from './known-indexes.js';
import { type OpenTransaction, openTransactions } from './open-transactions.js';

export interface IndexRequest {
  /** A known index, one that is there (invalid, perhaps), or the name of a new one. */
  readonly name?: string | undefined;
  readonly table?: string | undefined;
  /** `user_id, created_at DESC` */
  readonly columns?: string | undefined;
}

/** What building an index will do. */
export interface BuildPlan {
  readonly name: string;
  readonly table: string;
  /** `CREATE INDEX CONCURRENTLY …` */
  readonly statement: string;
  /** The lock it takes, and what that means for others. */
  readonly lock: string;
  /** Those that it would wait for if it began now. */
  readonly openTransactions: readonly OpenTransaction[];
  /** `invalid`: left over by a build that failed, and not used by any plan. */
  readonly state: 'absent' | 'valid' | 'invalid';
}

/**
 * Looks what there is to do for an index; changes nothing.
 *
 * @throws UsageError when the request says too little or too much; RequestError `index-not-found`,
 *   `no-such-table`, `no-such-column`, `name-taken`, `index-building`
 */
export async function planIndex(sql: Sql, request: IndexRequest): Promise<BuildPlan> {
  const { name, table, statement } = await wantedIndex(sql, request);
  const state = await stateOf(sql, name, table);
  return { name, table, statement, ...(await lockOn(sql, table)), state };
}

/** What CREATE and DROP INDEX CONCURRENTLY lock, in words, and whom they wait for. */
export async function lockOn(
  sql: Sql,
  table: string,
): Promise<Pick<BuildPlan, 'lock' | 'openTransactions'>> {
  return {
    lock: `SHARE UPDATE EXCLUSIVE on ${table}: reads and writes go on; it waits for transactions that are open now`,
    openTransactions: await openTransactions(sql, table),
  };
}

interface Wanted {
  readonly name: string;
  readonly table: string;
  readonly statement: string;
}

async function wantedIndex(sql: Sql, { name, table, columns }: IndexRequest): Promise<Wanted> {
  const known = await knownIndexes();
  const one = known.find((index) => index.name === name);
  if (table !== undefined && columns !== undefined) {
    if (!one) return describedIndex(sql, name, table, columns);
    throw new UsageError(
      'index-known',
      `what ${name} is, is known`,
      'leave out --on and --columns',
    );
  }
  if (table !== undefined || columns !== undefined || name === undefined) {
    const usage = 'name a known index, or say --on TABLE and --columns LIST';
    throw new UsageError('usage', usage, 'see: socialdb index list');
  }
  if (one) return { ...one, statement: concurrently(one.statement) };
  const present = await listIndexes(sql);
  const other = present.find((index) => index.name === name);
  if (!other) throw noSuchIndex(name, present);
  return { name, table: other.table, statement: concurrently(other.definition) };
}

/** `CREATE INDEX …`, so that others may write meanwhile. */
export function concurrently(statement: string): string {
  return statement.replace(/^(CREATE (?:UNIQUE )?INDEX) /, '$1 CONCURRENTLY ');
}

const COLUMN = /^(?<column>\S+|"[^"]+")(?<order> (?:ASC|DESC))?(?<nulls> NULLS (?:FIRST|LAST))?$/i;

async function describedIndex(
  sql: Sql,
  name: string | undefined,
  table: string,
  columns: string,
): Promise<Wanted> {
  const parts = columns.split(',').map((part) => {
    const match = COLUMN.exec(part.trim().replace(/\s+/g, ' '))?.groups;
    if (!match) throw new UsageError('bad-columns', `'${part.trim()}' is no column`, COLUMNS_FORM);
    const { column = '', order = '', nulls = '' } = match;
    return { column: column.replaceAll('"', ''), order: (order + nulls).toUpperCase() };
  });
  await checkColumns(
    sql,
    table,
    parts.map(({ column }) => column),
  );
  const chosen =
    name ?? ['idx', table, ...parts.map(({ column }) => column)].join('_').slice(0, 63);
  const [row] = await sql<{ statement: string }[]>`
    SELECT format('CREATE INDEX CONCURRENTLY %I ON %I (%s)', ${chosen}::text, ${table}::text,
                  string_agg(format('%I', part ->> 'column') || (part ->> 'order'), ', ' ORDER BY place)
           ) AS statement
      FROM json_array_elements(${JSON.stringify(parts)}::text::json)
           WITH ORDINALITY AS listed (part, place)`;
  if (!row) throw new Error('format gave nothing');
  return { name: chosen, table, statement: row.statement };
}

const COLUMNS_FORM = "for example --columns 'user_id, created_at DESC'";

async function checkColumns(sql: Sql, table: string, columns: readonly string[]): Promise<void> {
  const rows = await sql<{ column: string }[]>`
    SELECT attname AS column FROM pg_attribute
     WHERE attrelid = to_regclass(quote_ident(${table})) AND attnum > 0 AND NOT attisdropped
     ORDER BY attnum`;
  if (rows.length === 0) throw new RequestError('no-such-table', `there is no table ${table}`);
  const there = rows.map(({ column }) => column);
  const missing = columns.find((column) => !there.includes(column));
  if (missing === undefined) return;
  throw new RequestError(
    'no-such-column',
    `${table} has no column ${missing}`,
    `it has ${there.join(', ')}`,
  );
}

async function stateOf(sql: Sql, name: string, table: string): Promise<BuildPlan['state']> {
  const [row] = await sql<
    { valid: boolean | null; table: string | null; builder: number | null }[]
  >`
    SELECT i.indisvalid AS valid, t.relname AS table,
           (SELECT pid FROM pg_stat_progress_create_index WHERE index_relid = c.oid) AS builder
      FROM pg_class c
      LEFT JOIN pg_index i ON i.indexrelid = c.oid
      LEFT JOIN pg_class t ON t.oid = i.indrelid
     WHERE c.oid = to_regclass(quote_ident(${name}))`;
  if (!row) return 'absent';
  if (row.table !== table) {
    const owner = row.table ? `an index of ${row.table}` : 'something else';
    throw new RequestError('name-taken', `${name} is the name of ${owner}`, 'choose another name');
  }
  if (row.builder === null) return row.valid ? 'valid' : 'invalid';
  const building = `${name} is being built by another session (pid ${row.builder})`;
  throw new RequestError('index-building', building, 'wait until it is done');
}
