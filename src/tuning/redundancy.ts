import type { Sql } from '../stores/postgres.js';

/** Another index that does all that this one does. */
export interface Redundancy {
  /** The name of the other. */
  readonly to: string;
  /** `equal`: the same definition; `prefix`: the other begins with the same columns. */
  readonly because: 'equal' | 'prefix';
}

/** What makes two indexes alike. */
export interface IndexShape {
  readonly name: string;
  readonly table: string;
  readonly valid: boolean;
  /** It enforces a rule, so that it has to stay. */
  readonly needed: boolean;
  readonly method: string;
  readonly predicate: string | null;
  /** Column or expression with operator class and collation. */
  readonly keys: readonly string[];
  /** Of each key: descending, and nulls first; as pg_index.indoption has it. */
  readonly options: readonly number[];
  readonly included: readonly string[];
}

/**
 * The indexes that could go, since another one serves whatever they serve. Of two that are equal, the
 * one that is not in `kept` could.
 *
 * @param kept names that are to stay, if one of two has to
 */
export function redundantIndexes(
  shapes: readonly IndexShape[],
  kept: ReadonlySet<string>,
): Map<string, Redundancy> {
  const rank = ({ name, needed }: IndexShape) => (needed ? 2 : 0) + (kept.has(name) ? 1 : 0);
  const found = new Map<string, Redundancy>();
  for (const one of shapes.filter(({ needed, valid }) => valid && !needed)) {
    const covers = shapes.filter((other) => other !== one && serves(other, one));
    const longer = covers.find((other) => !serves(one, other));
    const equal = covers.find((other) => {
      const difference = rank(other) - rank(one);
      return serves(one, other) && (difference || (other.name < one.name ? 1 : -1)) > 0;
    });
    if (equal) found.set(one.name, { to: equal.name, because: 'equal' });
    else if (longer) found.set(one.name, { to: longer.name, because: 'prefix' });
  }
  return found;
}

/** Whether `other` serves all that `one` serves: its first keys are those of `one`, in their order. */
function serves(other: IndexShape, one: IndexShape): boolean {
  const alike =
    other.valid &&
    other.table === one.table &&
    other.method === one.method &&
    other.predicate === one.predicate;
  if (!alike || !one.keys.every((key, place) => other.keys[place] === key)) return false;
  if (one.method !== 'btree') return other.keys.length === one.keys.length;
  const has = [...other.keys.map((key) => key.split(' ')[0]), ...other.included];
  if (!one.included.every((column) => has.includes(column))) return false;
  // A btree is read backwards as well: DESC NULLS FIRST (3) is ASC NULLS LAST (0) turned around.
  const turned = (backwards: boolean) =>
    one.options.every(
      (option, place) => other.options[place] === (backwards ? 3 - option : option),
    );
  return turned(false) || turned(true);
}

/** The indexes on the tables of the current schema. */
export async function readShapes(sql: Sql): Promise<IndexShape[]> {
  return sql<IndexShape[]>`
    SELECT c.relname AS name, t.relname AS table, i.indisvalid AS valid, am.amname AS method,
           i.indisunique OR i.indisexclusion OR i.indisreplident AS needed,
           pg_get_expr(i.indpred, i.indrelid) AS predicate,
           json_agg(pg_get_indexdef(i.indexrelid, place, false) || ' ' || i.indclass[place - 1]
                    || ' ' || i.indcollation[place - 1] ORDER BY place)
             FILTER (WHERE place <= i.indnkeyatts) AS keys,
           json_agg(i.indoption[place - 1] ORDER BY place)
             FILTER (WHERE place <= i.indnkeyatts) AS options,
           coalesce(json_agg(pg_get_indexdef(i.indexrelid, place, false) ORDER BY place)
             FILTER (WHERE place > i.indnkeyatts), '[]') AS included
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_am am ON am.oid = c.relam
      JOIN pg_class t ON t.oid = i.indrelid
     CROSS JOIN LATERAL generate_series(1, i.indnatts::int) AS place
     WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'm')
     GROUP BY i.indexrelid, c.relname, t.relname, i.indisvalid, am.amname, i.indisunique,
              i.indisexclusion, i.indisreplident, i.indpred, i.indrelid`;
}
