import type { Sql } from '../../src/stores/postgres.js';

const TABLES = ['users', 'posts', 'comments', 'followers', 'likes'] as const;
const WITH_COUNTERS = [...TABLES, 'post_counters'] as const;

/** A digest of each table's rows, whatever their order. */
export async function digests(sql: Sql): Promise<Record<string, string | null>> {
  const entries = WITH_COUNTERS.map(async (table) => {
    const [row] = await sql.unsafe<{ digest: string | null }[]>(
      `SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE "C")) AS digest FROM ${table} t`,
    );
    return [table, row?.digest ?? null] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** How many rows each table has. */
export async function rowCounts(sql: Sql): Promise<Record<string, number>> {
  const entries = TABLES.map(async (table) => {
    const [row] = await sql.unsafe<{ count: number }[]>(`SELECT count(*) FROM ${table}`);
    return [table, row?.count ?? -1] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

export const NOTHING = { users: 0, posts: 0, comments: 0, followers: 0, likes: 0 };

/** Removes every row. */
export async function empty(sql: Sql): Promise<void> {
  await sql`TRUNCATE users CASCADE`;
}

/** Names and definitions of all keys and indexes, to see that a load has put them all back. */
export async function indexDefinitions(sql: Sql): Promise<string[]> {
  const rows = await sql<{ definition: string }[]>`
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated AS definition
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
     ORDER BY 1`;
  return rows.map(({ definition }) => definition);
}
