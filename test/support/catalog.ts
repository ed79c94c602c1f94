import type { Sql } from '../../src/stores/postgres.js';

/** Every index as the catalog has it, down to the version of its row: equal only if nobody touched it. */
export async function catalogOf(sql: Sql): Promise<object[]> {
  return [
    ...(await sql`
      SELECT xmin::text, ctid::text, pg_index::text
        FROM pg_index
       WHERE indexrelid >= 16384
       ORDER BY indexrelid`),
  ];
}
