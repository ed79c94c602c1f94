import type { Condition } from './conditions.js';
import type { Facts, IndexFacts } from './facts.js';
import { psql } from './hint.js';

/** An index that would help, in words and as a command. */
export interface Suggestion {
  /** `posts (user_id, created_at DESC)` */
  readonly on: string;
  readonly command: string;
}

export interface SortKey {
  readonly column: string;
  readonly descending: boolean;
}

/**
 * The index for some conditions and an order: what is compared for equality first, since all of an
 * index's rows behind it lie together; then the order, or else one range, behind which no column
 * narrows a search.
 *
 * @returns undefined where no index on columns can serve
 */
export function suggestIndex(
  { missing }: Facts,
  table: string,
  conditions: readonly Condition[],
  order: readonly SortKey[] = [],
): Suggestion | undefined {
  const contained = conditions.find(({ kind, wrapped }) => kind === 'contains' && !wrapped);
  if (contained) {
    const known = missing.find(
      (index) => index.table === table && keysOf(index.statement)[0] === contained.column,
    );
    const on = `${table} USING gin (${contained.column})`;
    return { on, command: known ? add(known.name) : psql(`CREATE INDEX CONCURRENTLY ON ${on}`) };
  }
  const usable = conditions.filter(({ wrapped }) => wrapped === undefined);
  const equal = usable.filter(({ kind }) => kind === 'equals').map(({ column }) => column);
  const sorted = order.filter(({ column }) => !equal.includes(column));
  const range = usable.find(({ kind, column }) => kind === 'range' && !equal.includes(column));
  const behind = sorted.map(({ column, descending }) => column + (descending ? ' DESC' : ''));
  const columns = [...equal, ...(behind.length > 0 ? behind : range ? [range.column] : [])];
  const unique = [...new Set(columns)];
  const pattern = usable.find(({ kind }) => kind === 'pattern');
  if (pattern && unique.length === 0) {
    // A pattern needs the order of bytes, whatever the language of the database.
    const on = `${table} (${pattern.column} text_pattern_ops)`;
    return { on, command: psql(`CREATE INDEX CONCURRENTLY ON ${on}`) };
  }
  if (unique.length === 0) return undefined;
  const names = unique.map((column) => column.replace(' DESC', ''));
  const known = missing.find((index) => {
    const keys = keysOf(index.statement);
    return index.table === table && names.every((name, place) => keys[place] === name);
  });
  return {
    on: `${table} (${unique.join(', ')})`,
    command: known
      ? add(known.name)
      : `socialdb index add --on ${table} --columns '${unique.join(', ')}'`,
  };
}

const add = (name: string) => `socialdb index add ${name}`;

/** The columns of a CREATE INDEX statement, without order and operator class. */
function keysOf(statement: string): string[] {
  const list = /\((?<list>[^)]*)\)/.exec(statement)?.groups?.list ?? '';
  return list.split(',').map((key) => key.trim().split(' ')[0] ?? '');
}

/** The indexes of a table whose first key is this column. */
export function indexesOn({ indexes }: Facts, table: string, column: string): IndexFacts[] {
  return indexes.filter(
    (index) => index.table === table && index.keys[0]?.plain && index.keys[0].text === column,
  );
}
