import { RequestError } from '../errors.js';
import { claimScratch } from '../schema/scratch.js';
import { readState, stateOf } from '../schema/state.js';
import type { Sql, Transaction } from '../stores/postgres.js';
import { type Definition, readDefinitions } from './indexes.js';

/** Empty tables in a scratch schema, which are filled there and then take the tables' place. */
export interface Twins {
  readonly schema: string;
  /** The tables' indexes, keys and foreign keys, which the twins do not have yet. */
  readonly definitions: readonly Definition[];
  /**
   * Puts the twins in the tables' place, as part of the transaction that holds the tables.
   *
   * @throws RequestError `tables-changed` when what there is then is not what there was, but for the rows
   */
  exchange(): Promise<void>;
}

/**
 * Makes a twin of each table. Until the end of the transaction nobody else reads or writes the tables.
 *
 * @param sql a pool on the same database
 * @param transaction which holds the tables; they are empty
 * @param schema the name of the schema to make
 * @returns undefined where a table cannot be replaced unnoticed, since something stands on it that a
 *   twin would not have or do: a view, a foreign key of another table, a policy, a trigger on INSERT
 */
export async function createTwins(
  sql: Sql,
  transaction: Transaction,
  tables: readonly string[],
  schema: string,
): Promise<Twins | undefined> {
  const names = JSON.stringify(tables);
  const [home] = await transaction<Home[]>`
    WITH tables AS (
      SELECT pg_class.oid, relnamespace
        FROM json_array_elements_text(${names}::text::json) AS name JOIN pg_class ON oid = name::regclass),
    -- What is evaluated or looked up for each row.
    parts AS (
      SELECT 'pg_constraint'::regclass AS class, oid FROM pg_constraint
       WHERE conrelid IN (SELECT oid FROM tables)
      UNION ALL
      SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM tables)
      UNION ALL
      SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM tables))
    SELECT min(relnamespace::regnamespace::text) AS schema,
           count(DISTINCT relnamespace) = 1
             AND bool_and(has_schema_privilege(relnamespace, 'CREATE'))
             AND has_database_privilege(current_database(), 'CREATE')
             -- Whoever is sent the changes would be sent those of the twins.
             AND NOT EXISTS (SELECT FROM pg_publication)
             AND NOT EXISTS (SELECT FROM pg_replication_slots
                              WHERE database = current_database() AND slot_type = 'logical')
             AND NOT EXISTS (SELECT FROM pg_subscription_rel JOIN tables ON oid = srrelid)
             -- Triggers on INSERT (4) or UPDATE (16) would find nothing to do.
             AND NOT EXISTS (SELECT FROM pg_trigger JOIN tables ON tables.oid = tgrelid
                              WHERE NOT tgisinternal AND tgtype & 20 <> 0)
             -- A twin's function or foreign key that asks the table itself would wait for ever.
             AND NOT EXISTS (SELECT FROM pg_depend JOIN parts ON class = classid AND oid = objid
                              WHERE refclassid = 'pg_proc'::regclass)
             AND NOT EXISTS (SELECT FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
                              WHERE attrelid IN (SELECT oid FROM tables) AND typtype = 'd')
             AND NOT EXISTS (SELECT FROM pg_constraint JOIN tables ON tables.oid = conrelid
                              WHERE contype = 'f' AND confrelid NOT IN (SELECT oid FROM tables)) AS open
      FROM tables`;
  if (!home?.open) return undefined;
  await claimScratch(transaction, schema);
  await sql.begin(async (making) => {
    await making.unsafe(`CREATE SCHEMA ${schema}`);
    for (const { name, storage } of await readStorage(making, names)) {
      const like = `LIKE ${name} INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY EXCLUDING STATISTICS`;
      await making.unsafe(`CREATE TABLE ${schema}.${name} (${like}) ${storage}`);
    }
  });
  const list = tables.join(', ');
  await transaction.unsafe(`LOCK TABLE ${list} IN ACCESS EXCLUSIVE MODE`);
  const definitions = await readDefinitions(transaction, tables);
  const statements = async () => [
    `DROP TABLE ${list}`,
    ...tables.map((table) => `ALTER TABLE ${schema}.${table} SET SCHEMA ${home.schema}`),
    ...(await readBelongings(transaction, names)).map(({ statement }) => statement),
  ];
  const building = definitions.map(({ creating }) => creating);
  const rehearsal = [...(await statements()), ...building];
  if (!(await isUnnoticed(transaction, rehearsal, tables))) return undefined;
  return {
    schema,
    definitions,
    async exchange() {
      // Who has a lock on a twin now is autovacuum, which gives way.
      await transaction`SET LOCAL lock_timeout = 0`;
      const earlier = await readState(transaction, tables);
      for (const statement of await statements()) await transaction.unsafe(statement);
      if ((await readState(transaction, tables)) !== earlier) {
        throw new RequestError(
          'tables-changed',
          'the tables were changed while their rows were loaded: nothing was loaded',
          'try again when nobody changes their privileges',
        );
      }
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

/** Whether the catalogs tell the same of the tables after the statements; tried, and undone at once. */
async function isUnnoticed(
  sql: Transaction,
  statements: readonly string[],
  tables: readonly string[],
): Promise<boolean> {
  const earlier = await readState(sql, tables);
  // OTHERS is whatever stands in the way; but not a cancel, which ends the block.
  await sql.unsafe(`
    DO $rehearsal$ BEGIN
      ${statements.join(';\n')};
      IF (${stateOf(tables)}) = '${earlier}' THEN
        RAISE SQLSTATE 'SAME0';
      END IF;
      RAISE SQLSTATE 'OTHER';
    EXCEPTION
      WHEN SQLSTATE 'SAME0' THEN PERFORM set_config('socialdb.unnoticed', 'true', true);
      WHEN OTHERS THEN NULL;
    END $rehearsal$`);
  const [row] = await sql<[{ unnoticed: boolean }]>`
    SELECT coalesce(current_setting('socialdb.unnoticed', true), '') = 'true' AS unnoticed`;
  return row.unnoticed;
}
