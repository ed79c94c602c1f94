import type { Queryable, Transaction } from '../stores/postgres.js';

/** An index, a key or a foreign key; its statements mean tables by names that the search_path finds. */
export interface Definition {
  readonly kind: 'index' | 'key' | 'foreign key';
  readonly table: string;
  /** As SQL. */
  readonly name: string;
  readonly dropping: string;
  readonly creating: string;
}

/**
 * Reads how the indexes, keys and foreign keys of the tables are made again, in an order in which they
 * can be: a foreign key stands on keys.
 *
 * @param tables names, of which those of other tables' foreign keys are read as well that refer to them
 */
export async function readDefinitions(
  sql: Queryable,
  tables: readonly string[],
): Promise<Definition[]> {
  return sql<Definition[]>`
    WITH tables AS (
      SELECT name::regclass AS oid
        FROM json_array_elements_text(${JSON.stringify(tables)}::text::json) AS name)
    SELECT 'index' AS kind, indrelid::regclass::text AS table, indexrelid::regclass::text AS name,
           format('DROP INDEX %s', indexrelid::regclass) AS dropping,
           pg_get_indexdef(indexrelid, 0, true) AS creating, 1 AS turn
      FROM pg_index
     WHERE indrelid IN (SELECT oid FROM tables)
       AND NOT EXISTS (
         SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT CASE contype WHEN 'f' THEN 'foreign key' ELSE 'key' END, conrelid::regclass::text,
           quote_ident(conname), format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid, true)), CASE contype WHEN 'f' THEN 3 ELSE 2 END
      FROM pg_constraint
     WHERE (contype IN ('p', 'u', 'x') AND conrelid IN (SELECT oid FROM tables))
        OR (contype = 'f' AND (conrelid IN (SELECT oid FROM tables)
                            OR confrelid IN (SELECT oid FROM tables)))
     ORDER BY turn, name`;
}

/**
 * Drops all keys, foreign keys and indexes of the tables: an index that is built over all rows at once
 * costs a third of one that grows with each row. For empty tables only: the locks keep readers out
 * until the end of the transaction.
 *
 * @returns builds them again as they were
 */
export async function setIndexesAside(
  sql: Transaction,
  tables: readonly string[],
): Promise<() => Promise<void>> {
  const definitions = await readDefinitions(sql, tables);
  for (const { dropping } of definitions.toReversed()) await sql.unsafe(dropping);
  return async () => {
    for (const { creating } of definitions) await sql.unsafe(creating);
  };
}
