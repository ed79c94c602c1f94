import { claimScratch, dropAbandoned } from '../schema/scratch.js';
import type { Sql, Transaction } from '../stores/postgres.js';
import { type Definition, readDefinitions } from './indexes.js';

/** Empty tables in a scratch schema, which are filled there and then take the tables' place. */
export interface Twins {
  readonly schema: string;
  /** The tables' indexes, keys and foreign keys, which the twins do not have yet. */
  readonly definitions: readonly Definition[];
  /** Puts the twins in the tables' place, as part of the transaction that holds the tables. */
  exchange(): Promise<void>;
}

/**
 * Makes a twin of each table. Until the end of the transaction nobody else reads or writes the tables.
 *
 * @param sql a pool on the same database
 * @param transaction which holds the tables; they are empty
 * @param schema the name of the schema to make
 * @returns undefined where a table cannot be replaced unnoticed, since something stands on it that a
 *   twin would not have: a view, a foreign key of another table, a policy, a publication, an owner that
 *   is another
 */
export async function createTwins(
  sql: Sql,
  transaction: Transaction,
  tables: readonly string[],
  schema: string,
): Promise<Twins | undefined> {
  const names = JSON.stringify(tables);
  const [home] = await transaction<Home[]>`
    SELECT min(relnamespace::regnamespace::text) AS schema,
           count(DISTINCT relnamespace) = 1
             AND bool_and(has_schema_privilege(relnamespace, 'CREATE'))
             AND has_database_privilege(current_database(), 'CREATE')
             AND NOT EXISTS (SELECT FROM pg_publication) AS open
      FROM json_array_elements_text(${names}::text::json) AS name JOIN pg_class ON oid = name::regclass`;
  if (!home?.open) return undefined;
  await dropAbandoned(sql);
  await claimScratch(transaction, schema);
  await sql.begin(async (making) => {
    await making.unsafe(`CREATE SCHEMA ${schema}`);
    for (const { name, storage } of await readStorage(making, names)) {
      const like = `LIKE ${name} INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY EXCLUDING STATISTICS`;
      await making.unsafe(`CREATE TABLE ${schema}.${name} (${like}) ${storage}`);
    }
  });
  if (await differ(transaction, names, schema)) return undefined;
  const list = tables.join(', ');
  await transaction.unsafe(`LOCK TABLE ${list} IN ACCESS EXCLUSIVE MODE`);
  if (await haveDependents(transaction, list)) return undefined;
  const definitions = await readDefinitions(transaction, tables);
  const belongings = await readBelongings(transaction, names);
  return {
    schema,
    definitions,
    async exchange() {
      await transaction.unsafe(`DROP TABLE ${list}`);
      for (const table of tables) {
        await transaction.unsafe(`ALTER TABLE ${schema}.${table} SET SCHEMA ${home.schema}`);
      }
      for (const { statement } of belongings) await transaction.unsafe(statement);
      await transaction.unsafe(`DROP SCHEMA ${schema}`);
    },
  };
}

interface Home {
  /** As SQL. */
  readonly schema: string;
  readonly open: boolean;
}

/** What LIKE leaves out and decides how rows are stored: `WITH (fillfactor=80)`. */
async function readStorage(sql: Transaction, names: string) {
  return sql<{ name: string; storage: string }[]>`
    SELECT name, coalesce('WITH (' || array_to_string(reloptions, ', ') || ')', '') AS storage
      FROM json_array_elements_text(${names}::text::json) AS name JOIN pg_class ON oid = name::regclass`;
}

/**
 * Whether the catalogs tell something of a table that they do not tell of its twin, beside what makes
 * it another table, what is yet to come (keys, triggers) and what is granted again by statements.
 */
async function differ(sql: Transaction, names: string, schema: string): Promise<boolean> {
  const [row] = await sql<[{ differ: boolean }]>`
    WITH pairs AS (
      SELECT name::regclass AS oid, (${schema} || '.' || name)::regclass AS twin
        FROM json_array_elements_text(${names}::text::json) AS name),
    tables AS (
      SELECT oid, to_jsonb(c) - ARRAY['oid', 'relnamespace', 'reltype', 'relfilenode', 'relpages',
               'reltuples', 'relallvisible', 'relallfrozen', 'reltoastrelid', 'relfrozenxid', 'relminmxid',
               'relhasindex', 'relhastriggers', 'relnatts', 'relacl'] AS facts
        FROM pg_class c),
    columns AS (
      SELECT attrelid AS oid, jsonb_agg(to_jsonb(a) - ARRAY['attrelid', 'attnum', 'attcacheoff',
               'atthasmissing', 'attmissingval', 'attoptions'] || jsonb_build_object('options',
               -- pg_attver: what 15.20 keeps there about each column for itself.
               ARRAY(SELECT o FROM unnest(attoptions) o WHERE o !~ '^pg_attver=')) ORDER BY attnum) AS facts
        FROM pg_attribute a WHERE attnum > 0 AND NOT attisdropped GROUP BY attrelid)
    SELECT bool_or(mine.facts <> its.facts OR my_columns.facts <> its_columns.facts
             OR its_acl.relacl IS NOT NULL
             OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pairs.oid AND tgenabled <> 'O')
             OR EXISTS (SELECT FROM pg_policy WHERE polrelid = pairs.oid)
             OR EXISTS (SELECT FROM pg_statistic_ext WHERE stxrelid = pairs.oid)
             OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pairs.oid)
             OR EXISTS (SELECT FROM pg_seclabel WHERE classoid = 'pg_class'::regclass
                                                  AND objoid = pairs.oid)) AS differ
      FROM pairs
      JOIN tables mine ON mine.oid = pairs.oid JOIN columns my_columns ON my_columns.oid = pairs.oid
      JOIN tables its ON its.oid = twin JOIN columns its_columns ON its_columns.oid = twin
      JOIN pg_class its_acl ON its_acl.oid = twin`;
  return row.differ;
}

/** Whether something would have to be dropped with the tables; tried, and undone at once. */
async function haveDependents(sql: Transaction, list: string): Promise<boolean> {
  await sql.unsafe(`
    DO $try$ BEGIN
      DROP TABLE ${list};
      RAISE SQLSTATE 'UNDO0';
    EXCEPTION
      WHEN SQLSTATE 'UNDO0' THEN NULL;
      WHEN dependent_objects_still_exist THEN
        PERFORM set_config('socialdb.have_dependents', 'true', true);
    END $try$`);
  const [row] = await sql<[{ found: boolean }]>`
    SELECT coalesce(current_setting('socialdb.have_dependents', true), '') = 'true' AS found`;
  return row.found;
}

/** What belongs to a table and can be said again of its twin: triggers, grants, a comment. */
async function readBelongings(sql: Transaction, names: string) {
  return sql<{ statement: string }[]>`
    WITH tables AS (
      SELECT pg_class.oid, relacl
        FROM json_array_elements_text(${names}::text::json) AS name JOIN pg_class ON oid = name::regclass)
    SELECT pg_get_triggerdef(pg_trigger.oid, true) AS statement
      FROM tables JOIN pg_trigger ON tgrelid = tables.oid WHERE NOT tgisinternal
    UNION ALL
    SELECT format('GRANT %s ON %s TO %s%s', privilege_type, oid::regclass,
                  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
      FROM tables, aclexplode(relacl)
    UNION ALL
    SELECT format('COMMENT ON TABLE %s IS %L', oid::regclass, obj_description(oid, 'pg_class'))
      FROM tables WHERE obj_description(oid, 'pg_class') IS NOT NULL`;
}
