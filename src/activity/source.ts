import type { Queryable } from '../stores/postgres.js';

/** A stretch of `activity_source()`: the rows of one source behind a key. */
export interface Stretch {
  readonly source: string;
  /** Null at the start. */
  readonly key1: string | null;
  /** Null where one id is the whole key. */
  readonly key2: string | null;
}

/** How far a batch came. */
export interface Reached {
  readonly count: number;
  readonly key1: string | null;
  readonly key2: string | null;
}

/** The next rows of a source, in the order of their key, with the events of their creation. */
export function sourceBatch(sql: Queryable, { source, key1, key2 }: Stretch, limit: number) {
  // Where key2 is null the comparison comes down to key1, which is then the whole key.
  return sql`
    SELECT key1, key2, event FROM activity_source()
     WHERE source = ${source}
       ${key1 ? sql`AND (key1, key2) > (${key1}::uuid, ${key2}::uuid)` : sql``}
     ORDER BY key1, key2 LIMIT ${limit}`;
}
