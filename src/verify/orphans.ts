import type { Queryable, Sql } from '../stores/postgres.js';
import { Tally, type Verified, type VerifyOptions, walk } from './check.js';

/** A table whose rows refer to others. */
interface Child {
  readonly table: string;
  /** Its primary key. */
  readonly key: readonly string[];
  readonly refers: readonly (readonly [column: string, to: 'users' | 'posts'])[];
}

/** In an order in which what goes takes along what hangs on it before that is looked at. */
const CHILDREN: readonly Child[] = [
  { table: 'posts', key: ['id'], refers: [['user_id', 'users']] },
  {
    table: 'comments',
    key: ['id'],
    refers: [
      ['post_id', 'posts'],
      ['user_id', 'users'],
    ],
  },
  {
    table: 'likes',
    key: ['user_id', 'post_id'],
    refers: [
      ['user_id', 'users'],
      ['post_id', 'posts'],
    ],
  },
  {
    table: 'followers',
    key: ['follower_id', 'followed_id'],
    refers: [
      ['follower_id', 'users'],
      ['followed_id', 'users'],
    ],
  },
  { table: 'post_counters', key: ['post_id'], refers: [['post_id', 'posts']] },
];

const BATCH = 10_000;

/**
 * Looks for rows that refer to nothing. Foreign keys do not let them come about; a restore with the
 * triggers switched off, or a constraint that was dropped, does. Repaired, they are deleted, as the
 * foreign keys would have done, and told whole: nothing else can be made of them.
 */
export async function verifyOrphans(sql: Sql, options: VerifyOptions): Promise<Verified> {
  const tally = new Tally();
  for (const child of CHILDREN) {
    await walk<Key>(sql, child.table, options, async (after) => {
      const batch = await lookAt(sql, child, after, options.batchSize ?? BATCH);
      if (!batch?.last) return undefined;
      tally.checked += batch.rows;
      for (const orphan of batch.orphans) {
        const gone = options.repair ? await remove(sql, child, orphan) : false;
        if (gone === undefined) continue;
        tally.wrong++;
        if (gone) tally.repaired++;
        const { table } = child;
        const found = { table, row: orphan.join(' '), column: null, found: null, right: null };
        tally.note([gone ? { ...found, was: gone } : found]);
      }
      return { rows: batch.rows, last: batch.last };
    });
  }
  return tally.verified('orphans');
}

type Key = readonly string[];

/** One statement: a row and what it refers to are seen in the same snapshot. */
async function lookAt(sql: Sql, child: Child, after: Key | undefined, limit: number) {
  const key = list(sql, child.key);
  const [batch] = await sql<{ rows: number; last: Key | null; orphans: Key[] }[]>`
    WITH batch AS MATERIALIZED (
      SELECT * FROM ${sql(child.table)}
       ${after ? sql`WHERE (${key}) > (${values(sql, after)})` : sql``}
       ORDER BY ${key} LIMIT ${limit}
    )
    SELECT (SELECT count(*) FROM batch) AS rows,
           (SELECT jsonb_build_array(${key}) FROM batch
             ORDER BY ${descending(sql, child.key)} LIMIT 1) AS last,
           (SELECT coalesce(jsonb_agg(jsonb_build_array(${key})), '[]') FROM batch
             WHERE ${orphaned(sql, child, 'batch')}) AS orphans`;
  return batch;
}

/** @returns the row as it was; undefined when it is gone, or is no orphan, by now */
function remove(sql: Sql, child: Child, key: Key): Promise<Record<string, unknown> | undefined> {
  return sql.begin(async (transaction) => {
    const [row] = await transaction<{ was: Record<string, unknown> }[]>`
      DELETE FROM ${transaction(child.table)} AS child
       WHERE (${list(transaction, child.key)}) = (${values(transaction, key)})
         AND ${orphaned(transaction, child, 'child')}
      RETURNING to_jsonb(child) AS was`;
    // While a bulk load is carried over, a trigger writes the event of a row that goes; of this one
    // there is nobody left to tell of, and no store would take it.
    if (row)
      await transaction`DELETE FROM outbox WHERE created_at = now() AND ${NOBODY(transaction)}`;
    return row?.was;
  });
}

const NOBODY = (sql: Queryable) =>
  sql`(jsonb_typeof(event -> 'actor') = 'null' OR jsonb_typeof(event -> 'object') = 'null')`;

function orphaned(sql: Queryable, { refers }: Child, alias: string) {
  return refers
    .map(
      ([column, to]) =>
        sql`NOT EXISTS (SELECT FROM ${sql(to)} WHERE id = ${sql(alias)}.${sql(column)})`,
    )
    .reduce((all, one) => sql`(${all} OR ${one})`);
}

function list(sql: Queryable, columns: readonly string[]) {
  return columns.map((column) => sql`${sql(column)}`).reduce((all, one) => sql`${all}, ${one}`);
}

function descending(sql: Queryable, columns: readonly string[]) {
  return columns
    .map((column) => sql`${sql(column)} DESC`)
    .reduce((all, one) => sql`${all}, ${one}`);
}

function values(sql: Queryable, key: Key) {
  return key.map((id) => sql`${id}::uuid`).reduce((all, one) => sql`${all}, ${one}`);
}
