import type { Queryable } from '../stores/postgres.js';

/** The tables of a database and how they refer to each other. */
export interface Diagram {
  readonly tables: readonly DiagramTable[];
  readonly relations: readonly Relation[];
}

export interface DiagramTable {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    /** Short: `timestamptz`, `varchar(20)`. */
    readonly type: string;
    readonly nullable: boolean;
    /** Part of the primary key, of a foreign key; unique by itself. */
    readonly keys: readonly ('PK' | 'FK' | 'UK')[];
  }[];
}

/** A foreign key. */
export interface Relation {
  readonly from: string;
  readonly to: string;
  readonly columns: readonly string[];
  /** A row of `from` may refer to nothing. */
  readonly optional: boolean;
  /** At most one row of `from` refers to a row of `to`. */
  readonly unique: boolean;
}

/** Reads the tables of the current schema from the catalog; socialdb's own ledger is left out. */
export async function readDiagram(sql: Queryable): Promise<Diagram> {
  const [tables, relations] = await Promise.all([readTables(sql), readRelations(sql)]);
  return { tables, relations };
}

function readTables(sql: Queryable): Promise<DiagramTable[]> {
  return sql<DiagramTable[]>`
    SELECT t.relname AS name, json_agg(json_build_object(
             'name', a.attname,
             -- Diagrams want a type in one word: timestamptz, not timestamp with time zone.
             'type', CASE WHEN format_type(a.atttypid, a.atttypmod) LIKE '% %'
                          THEN (SELECT ltrim(typname, '_') || repeat('[]', (typelem > 0)::int)
                                FROM pg_type WHERE oid = a.atttypid)
                               || coalesce(substring(format_type(a.atttypid, a.atttypmod) FROM '[(].*[)]'), '')
                          ELSE format_type(a.atttypid, a.atttypmod) END,
             'nullable', NOT a.attnotnull,
             'keys', array_remove(ARRAY[
               CASE WHEN EXISTS (SELECT FROM pg_index WHERE indrelid = t.oid AND indisprimary
                                  AND a.attnum = ANY (indkey)) THEN 'PK' END,
               CASE WHEN EXISTS (SELECT FROM pg_constraint WHERE conrelid = t.oid AND contype = 'f'
                                  AND a.attnum = ANY (conkey)) THEN 'FK' END,
               CASE WHEN EXISTS (SELECT FROM pg_index WHERE indrelid = t.oid AND indisunique
                                  AND NOT indisprimary AND indnkeyatts = 1 AND indpred IS NULL
                                  AND EXISTS (SELECT FROM pg_depend
                                               WHERE classid = 'pg_class'::regclass
                                                 AND objid = indexrelid AND refobjid = t.oid
                                                 AND refobjsubid = a.attnum)) THEN 'UK' END
             ], NULL)) ORDER BY a.attnum) AS columns
      FROM pg_class t
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE t.relnamespace = current_schema()::regnamespace
       AND t.relkind IN ('r', 'p') AND NOT t.relispartition
       AND t.relname <> 'socialdb_migrations'
     GROUP BY t.relname
     ORDER BY t.relname`;
}

function readRelations(sql: Queryable): Promise<Relation[]> {
  return sql<Relation[]>`
    SELECT t.relname AS from, f.relname AS to, json_agg(a.attname ORDER BY place) AS columns,
           bool_or(NOT a.attnotnull) AS optional,
           EXISTS (SELECT FROM pg_index i
                    WHERE i.indrelid = c.conrelid AND i.indisunique AND i.indpred IS NULL
                      AND i.indexprs IS NULL AND i.indkey[0:i.indnkeyatts - 1] <@ c.conkey) AS unique
      FROM pg_constraint c
      JOIN pg_class t ON t.oid = c.conrelid
      JOIN pg_class f ON f.oid = c.confrelid
     CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS key (attnum, place)
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = key.attnum
     WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
       AND c.conparentid = 0
     GROUP BY t.relname, f.relname, c.oid, c.conrelid, c.conkey
     ORDER BY t.relname, min(a.attnum), f.relname`;
}
