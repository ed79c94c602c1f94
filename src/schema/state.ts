import type { Queryable } from '../stores/postgres.js';

/**
 * Reads all that the catalogs tell of tables, to see whether it has changed.
 *
 * @param tables names, as SQL
 * @returns a hash
 */
export async function readState(sql: Queryable, tables: readonly string[]): Promise<string> {
  const [row] = await sql.unsafe<[{ state: string }]>(`SELECT (${stateOf(tables)}) AS state`);
  return row.state;
}

/**
 * A subquery: the hash of what the catalogs tell of tables, by names, without what makes a relation
 * another one (its numbers, its size) and without what they only hint at (relhasindex and its like).
 */
export function stateOf(tables: readonly string[]): string {
  const relations = tables.map((table) => `'${table}'::regclass`).join(', ');
  return `
    WITH tables AS (
      SELECT unnest(ARRAY[${relations}])::oid AS oid),
    relations AS (
      SELECT oid FROM tables
      UNION SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM tables)),
    facts AS (
      SELECT jsonb_build_array(relname, to_jsonb(c) - ARRAY['oid', 'reltype', 'relfilenode', 'relnatts',
               'relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'reltoastrelid', 'relfrozenxid',
               'relminmxid', 'relhasindex', 'relhastriggers', 'relhasrules', 'relhassubclass'],
               (SELECT reloptions FROM pg_class WHERE oid = c.reltoastrelid)) AS fact
        FROM pg_class c WHERE oid IN (SELECT oid FROM relations)
      UNION ALL
      SELECT jsonb_build_array(attrelid::regclass, row_number() OVER (PARTITION BY attrelid ORDER BY attnum),
               to_jsonb(a) - ARRAY['attrelid', 'attnum', 'attcacheoff', 'atthasmissing', 'attmissingval',
               'attoptions'],
               -- From 15.20 on PostgreSQL keeps something of its own there, another in each table.
               ARRAY(SELECT o FROM unnest(attoptions) o WHERE o !~ '^pg_attver='))
        FROM pg_attribute a
       WHERE attrelid IN (SELECT oid FROM relations) AND attnum > 0 AND NOT attisdropped
      UNION ALL
      SELECT jsonb_build_array(indrelid::regclass, pg_get_indexdef(indexrelid), indisclustered,
               indisreplident, indisvalid)
        FROM pg_index WHERE indrelid IN (SELECT oid FROM tables)
      UNION ALL
      SELECT jsonb_build_array(conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
        FROM pg_constraint WHERE conrelid IN (SELECT oid FROM tables)
      UNION ALL
      SELECT jsonb_build_array(tgrelid::regclass, tgisinternal, tgenabled,
               CASE WHEN NOT tgisinternal THEN pg_get_triggerdef(oid) END)
        FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM tables)
      UNION ALL
      -- Whatever else there is because of a table: policies, sequences, statistics, publications.
      SELECT DISTINCT jsonb_build_array(refobjid::regclass, deptype,
               pg_describe_object(classid, objid, objsubid))
        FROM pg_depend
       WHERE refclassid = 'pg_class'::regclass AND refobjid IN (SELECT oid FROM tables)
         AND NOT (classid = 'pg_class'::regclass
                  AND objid IN (SELECT oid FROM pg_class WHERE relkind = 't'))
      UNION ALL
      SELECT jsonb_build_array(pg_describe_object(classoid, objoid, objsubid), description)
        FROM pg_description
       WHERE (classoid = 'pg_class'::regclass AND objoid IN (SELECT oid FROM relations))
          OR (classoid, objoid) IN (
               SELECT classid, objid FROM pg_depend
                WHERE refclassid = 'pg_class'::regclass AND refobjid IN (SELECT oid FROM tables))
      UNION ALL
      SELECT jsonb_build_array(pg_describe_object(classoid, objoid, objsubid), provider, label)
        FROM pg_seclabel
       WHERE classoid = 'pg_class'::regclass AND objoid IN (SELECT oid FROM relations))
    SELECT md5(string_agg(fact::text, chr(10) ORDER BY fact::text COLLATE "C")) FROM facts`;
}
