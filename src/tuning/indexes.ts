import { RequestError } from '../errors.js';
import { nearest } from '../input/nearest.js';
import type { Sql } from '../stores/postgres.js';
import { type KnownIndex, knownIndexes } from './known-indexes.js';
import { type Redundancy, readShapes, redundantIndexes } from './redundancy.js';
import type { Target } from './techniques/technique.js';

/** An index of this database, or one that socialdb knows and that is missing here. */
export interface IndexEntry {
  readonly name: string;
  readonly table: string;
  /** `CREATE INDEX …` */
  readonly definition: string;
  /** Null where it is missing. */
  readonly sizeBytes: number | null;
  /** Scans since the statistics were last reset; null where it is missing. */
  readonly scans: number | null;
  /** ISO 8601; null where it was never used, is missing, or the server does not say (before 16). */
  readonly lastUsedAt: string | null;
  /** Another index that does all that this one does; null where there is none. */
  readonly redundant: Redundancy | null;
  /** Usable by the planner; an index whose concurrent build failed is not. */
  readonly valid: boolean;
  /** One of those that socialdb's migrations make. */
  readonly known: boolean;
  readonly missing: boolean;
  /** What keeps it from being dropped: it enforces a rule. */
  readonly backs: 'primary key' | 'unique' | 'exclusion' | 'replica identity' | null;
}

interface CatalogRow extends Omit<IndexEntry, 'known' | 'missing' | 'redundant'> {
  readonly oid: number;
}

/** All indexes on the tables of the current schema, and the known ones that are missing. */
export async function listIndexes(sql: Sql): Promise<IndexEntry[]> {
  const [present, known, shapes] = await Promise.all([
    readCatalog(sql),
    knownIndexes(),
    readShapes(sql),
  ]);
  const names = new Set(known.map(({ name }) => name));
  const redundant = redundantIndexes(shapes, names);
  const there = new Set(present.map(({ name }) => name));
  const entries: IndexEntry[] = [
    ...present.map(({ oid, ...entry }) => ({
      ...entry,
      known: names.has(entry.name),
      missing: false,
      redundant: redundant.get(entry.name) ?? null,
    })),
    ...known.filter(({ name }) => !there.has(name)).map(missingEntry),
  ];
  const key = ({ table, name }: IndexEntry) => `${table} ${name}`;
  return entries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function missingEntry({ name, table, statement }: KnownIndex): IndexEntry {
  const absent = { sizeBytes: null, scans: null, lastUsedAt: null, valid: false, backs: null };
  const missing = { known: true, missing: true, redundant: null };
  return { name, table, definition: statement, ...absent, ...missing };
}

/**
 * Finds an index that is there and that the planner may use.
 *
 * @throws RequestError `index-missing` for a known one that is not there, `index-invalid`,
 *   `index-not-found` for any other, with the nearest name
 */
export async function findIndex(sql: Sql, name: string): Promise<Target> {
  const present = await readCatalog(sql);
  const index = present.find((entry) => entry.name === name);
  if (index?.valid) return index;
  if (index) {
    const invalid = `index ${name} is invalid: its build did not end`;
    throw new RequestError('index-invalid', invalid, `run: socialdb index add ${name}`);
  }
  const known = await knownIndexes();
  if (known.some((entry) => entry.name === name)) throw missingIndex(name);
  throw noSuchIndex(name, [...present, ...known], '; a user is named before --compare-index');
}

/**
 * Finds those of some known indexes that are there.
 *
 * @throws RequestError `index-missing` when none is
 */
export async function findAnyOf(sql: Sql, names: readonly string[]): Promise<Target[]> {
  const present = await readCatalog(sql);
  const there = names.flatMap(
    (name) => present.find((index) => index.valid && index.name === name) ?? [],
  );
  if (there.length === 0) throw missingIndex(names[0] ?? '');
  return there;
}

function missingIndex(name: string): RequestError {
  return new RequestError(
    'index-missing',
    `index ${name} is not in this database, so there is nothing to compare with`,
    `run: socialdb index add ${name}`,
  );
}

/** The error for a name that no index has, with the nearest name there is. */
export function noSuchIndex(
  name: string,
  there: readonly { name: string }[],
  more = '',
): RequestError {
  const best = nearest(
    name,
    there.map((entry) => entry.name),
  );
  const hint = best ? `did you mean ${best}?` : `see: socialdb index list${more}`;
  return new RequestError('index-not-found', `there is no index ${name}`, hint);
}

async function readCatalog(sql: Sql): Promise<CatalogRow[]> {
  return sql<CatalogRow[]>`
    SELECT i.indexrelid::int8 AS oid, c.relname AS name, t.relname AS table,
           pg_get_indexdef(i.indexrelid) AS definition,
           pg_relation_size(i.indexrelid) AS "sizeBytes",
           coalesce(pg_stat_get_numscans(i.indexrelid), 0) AS scans,
           -- A column that PostgreSQL 15 does not have is null by this way.
           to_char((to_jsonb(used) ->> 'last_idx_scan')::timestamptz AT TIME ZONE 'UTC',
                   'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "lastUsedAt",
           i.indisvalid AS valid,
           CASE WHEN i.indisprimary THEN 'primary key'
                WHEN i.indisexclusion THEN 'exclusion'
                WHEN i.indisunique THEN 'unique'
                WHEN i.indisreplident THEN 'replica identity'
           END AS backs
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_class t ON t.oid = i.indrelid
      LEFT JOIN pg_stat_all_indexes used ON used.indexrelid = i.indexrelid
     WHERE t.relnamespace = current_schema()::regnamespace
       AND t.relkind IN ('r', 'm')`;
}

/** Names of indexes that begin so: those of the tables here, and those that should be; for completion. */
export async function indexNamesLike(sql: Sql, prefix: string, limit: number): Promise<string[]> {
  const present = await sql<{ name: string }[]>`
    SELECT indexname AS name FROM pg_indexes WHERE schemaname = ANY (current_schemas(false))`;
  const names = [...present, ...(await knownIndexes())].map(({ name }) => name);
  return [...new Set(names)]
    .filter((name) => name.startsWith(prefix))
    .sort()
    .slice(0, limit);
}
