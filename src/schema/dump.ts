import type { Queryable } from '../stores/postgres.js';

const HEADER = `-- The schema that the files of sql/migrations make together, read from the catalog.
-- Not written by hand: npm run schema:dump. Rows that a migration inserts are not here.

-- Functions may call each other in any order.
SET check_function_bodies = off;`;

/** A table as the dump writes it. */
export interface Table {
  readonly name: string;
  /** Columns and constraints, a line each. */
  readonly parts: readonly string[];
  /** `fillfactor=80`, empty without storage parameters. */
  readonly options: string;
  readonly indexes: readonly string[];
  /** The tables that its foreign keys refer to. */
  readonly needs: readonly string[];
}

/**
 * Writes the current schema as SQL that makes it anew: the same text from every version of PostgreSQL,
 * which pg_dump's is not. Each table comes after those it refers to, in order of name otherwise.
 *
 * @throws Error for a kind of object that it does not know, rather than to leave it out
 */
export async function dumpSchema(sql: Queryable): Promise<string> {
  const unknown = await readUnknown(sql);
  if (unknown.length > 0) throw new Error(`schema dump: cannot write ${unknown.join(', ')}`);
  const tables = inOrderOfNeed(await readTables(sql));
  const functions = await readFunctions(sql);
  const triggers = await readTriggers(sql);
  return `${[HEADER, ...tables.map(tableText), ...functions, ...triggers].join('\n\n')}\n`;
}

function tableText({ name, parts, options, indexes }: Table): string {
  const create = `CREATE TABLE ${name} (\n  ${parts.join(',\n  ')}\n)${options && ` WITH (${options})`};`;
  return [create, ...indexes.map((index) => `${index};`)].join('\n');
}

function inOrderOfNeed(tables: readonly Table[]): Table[] {
  const ordered: Table[] = [];
  const waiting = [...tables];
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const next = waiting.findIndex(({ name, needs }) =>
      needs.every((need) => need === name || !names.has(need)),
    );
    if (next < 0) throw new Error(`schema dump: ${[...names].join(', ')} refer to each other`);
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}

export function readTables(sql: Queryable): Promise<Table[]> {
  return sql<Table[]>`
    SELECT quote_ident(t.relname) AS name,
           coalesce(array_to_string(t.reloptions, ', '), '') AS options,
           (SELECT json_agg(part ORDER BY kind, place, part COLLATE "C") FROM (
              SELECT 1 AS kind, attnum AS place,
                     concat_ws(' ', quote_ident(attname), format_type(atttypid, atttypmod),
                       'DEFAULT ' || pg_get_expr(adbin, adrelid),
                       CASE WHEN attnotnull THEN 'NOT NULL' END) AS part
                FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
               WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped
               UNION ALL
              -- PostgreSQL 18 lists NOT NULL as constraints (n), too.
              SELECT 2, CASE contype WHEN 'p' THEN 1 WHEN 'u' THEN 2 WHEN 'c' THEN 3 ELSE 4 END,
                     format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid, true))
                FROM pg_constraint WHERE conrelid = t.oid AND contype <> 'n'
           ) AS parts) AS parts,
           (SELECT coalesce(json_agg(pg_get_indexdef(indexrelid, 0, true) ORDER BY indexrelid::regclass::text COLLATE "C"), '[]')
              FROM pg_index
             WHERE indrelid = t.oid
               AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)) AS indexes,
           (SELECT coalesce(json_agg(quote_ident(relname)), '[]')
              FROM pg_constraint JOIN pg_class ON pg_class.oid = confrelid
             WHERE conrelid = t.oid AND contype = 'f') AS needs
      FROM pg_class t
     WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r'
       AND t.relname <> 'socialdb_migrations'
     ORDER BY t.relname COLLATE "C"`;
}

/** The definitions of all functions, as statements. */
export async function readFunctions(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ definition: string }[]>`
    SELECT replace(pg_get_functiondef(oid),
                   format('CREATE OR REPLACE FUNCTION %I.', current_schema()),
                   'CREATE FUNCTION ') AS definition
      FROM pg_proc
     WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f'
     ORDER BY proname COLLATE "C", pg_get_function_identity_arguments(oid) COLLATE "C"`;
  return rows.map(({ definition }) => `${definition.trimEnd()};`);
}

/** The definitions of all triggers, as statements. */
export async function readTriggers(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ definition: string }[]>`
    SELECT pg_get_triggerdef(pg_trigger.oid, true) AS definition
      FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
     WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
     ORDER BY relname COLLATE "C", tgname COLLATE "C"`;
  return rows.map(({ definition }) => `${definition};`);
}

/** Whatever is in the schema and would be missing from the dump. */
async function readUnknown(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    WITH here AS (SELECT current_schema()::regnamespace::oid AS oid)
    SELECT format('relation %s (%s)', relname, relkind) AS name FROM pg_class, here
     WHERE relnamespace = here.oid AND (relkind NOT IN ('r', 'i') OR relpersistence <> 'p')
    UNION ALL
    SELECT format('column %s.%s', attrelid::regclass, attname) FROM pg_attribute
      JOIN pg_class c ON c.oid = attrelid
      JOIN pg_type t ON t.oid = atttypid, here
     WHERE relnamespace = here.oid AND relkind = 'r'
       AND (attgenerated <> '' OR attidentity <> '' OR attinhcount > 0 OR attcompression <> ''
            OR attcollation <> typcollation OR attstorage <> typstorage)
    UNION ALL
    SELECT format('type %s', typname) FROM pg_type, here
     WHERE typnamespace = here.oid AND typtype NOT IN ('c', 'b')
    UNION ALL
    SELECT format('function %s (%s)', proname, prokind) FROM pg_proc, here
     WHERE pronamespace = here.oid AND prokind <> 'f'
    UNION ALL
    SELECT format('policy %s', polname) FROM pg_policy
      JOIN pg_class c ON c.oid = polrelid, here
     WHERE relnamespace = here.oid
    UNION ALL
    SELECT format('statistics %s', stxname) FROM pg_statistic_ext, here
     WHERE stxnamespace = here.oid
    UNION ALL
    SELECT format('comment %L', description) FROM pg_description, here
     WHERE classoid = 'pg_class'::regclass
       AND objoid IN (SELECT oid FROM pg_class WHERE relnamespace = here.oid)
     ORDER BY name`;
  return rows.map(({ name }) => name);
}
