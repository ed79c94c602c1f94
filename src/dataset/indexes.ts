import type { Transaction } from '../stores/postgres.js';

interface Part {
  readonly dropping: string;
  readonly creating: string;
}

/** What was set aside, to be built again as it was. */
export interface IndexesAside {
  build(): Promise<void>;
  /** Builds nothing, and returns false, where rows break a key or a foreign key. */
  buildIfValid(): Promise<boolean>;
}

/**
 * Drops all keys, foreign keys and indexes of the five tables and returns what builds them again: an
 * index that is built over all rows at once costs a third of one that grows with each row. For empty
 * tables only: the locks keep readers out until the end of the transaction.
 */
export async function setIndexesAside(sql: Transaction): Promise<IndexesAside> {
  // Foreign keys first, since they stand on keys; the names and definitions are the catalog's.
  const parts = await sql<Part[]>`
    WITH tables AS (
      SELECT oid FROM unnest(ARRAY['users', 'posts', 'comments', 'followers', 'likes']::regclass[]) oid),
    parts AS (
      SELECT CASE contype WHEN 'f' THEN 1 ELSE 2 END AS turn, conname AS name,
             format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS dropping,
             format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                    pg_get_constraintdef(oid)) AS creating
        FROM pg_constraint
       WHERE (contype IN ('p', 'u') AND conrelid IN (SELECT oid FROM tables))
          OR (contype = 'f' AND (conrelid IN (SELECT oid FROM tables)
                              OR confrelid IN (SELECT oid FROM tables)))
      UNION ALL
      SELECT 3, indexrelid::regclass::text,
             format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
        FROM pg_index
       WHERE indrelid IN (SELECT oid FROM tables)
         AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u')))
    SELECT dropping, creating FROM parts ORDER BY turn, name`;
  for (const { dropping } of parts) await sql.unsafe(dropping);
  const statements = parts.toReversed().map(({ creating }) => creating);
  return {
    async build() {
      for (const statement of statements) await sql.unsafe(statement);
    },
    async buildIfValid() {
      // Caught by the server: the driver ends a transaction in which a statement has failed.
      await sql.unsafe(`
        DO $build$ BEGIN
          ${statements.join(';\n')};
        EXCEPTION WHEN unique_violation OR foreign_key_violation THEN
          PERFORM set_config('socialdb.violated', 'true', true);
        END $build$`);
      const [{ violated }] = await sql<[{ violated: string | null }]>`
        SELECT current_setting('socialdb.violated', true) AS violated`;
      return violated !== 'true';
    },
  };
}
