import type { PlanNode } from '../nodes.js';
import type { TableFacts } from './facts.js';

/** A part of a condition that an index on its column could answer. */
export interface Condition {
  readonly column: string;
  /** `a = 1` and `a = ANY (…)`, `a < 1`, `a @> …`, `a ~~ 'b%'` with a beginning that is known. */
  readonly kind: 'equals' | 'range' | 'contains' | 'pattern';
  /** What stands around the column, a cast or a function, so that an index on it does not help. */
  readonly wrapped: string | undefined;
}

const KINDS: readonly [operator: RegExp, kind: Condition['kind']][] = [
  [/^ = /, 'equals'],
  [/^ [<>]=? /, 'range'],
  [/^ @> /, 'contains'],
  [/^ ~~ (?='[^%_])/, 'pattern'],
];

/**
 * The conditions of one field of a node (`Filter`, `Index Cond`), as far as they compare one column
 * with something that is not a column of the same row. The text is PostgreSQL's own rendering
 * (ruleutils.c), in which every operator has its parentheses.
 */
export function conditionsIn(node: PlanNode, field: string, table: TableFacts): Condition[] {
  const text = node.fields[field];
  if (typeof text !== 'string') return [];
  return conjuncts(text).flatMap((part) => readCondition(part, node.alias, table) ?? []);
}

function readCondition(
  part: string,
  alias: string | undefined,
  table: TableFacts,
): Condition | undefined {
  const end = endOfOperand(part);
  const kind = KINDS.find(([operator]) => operator.test(part.slice(end)));
  if (!kind) return undefined;
  const right = part.slice(end).replace(kind[0], '');
  const other = /^(?:(?<qualifier>\w+)\.)?(?<name>[a-z_]\w*)$/.exec(right)?.groups;
  const sameRow = other && (!other.qualifier || other.qualifier === alias);
  if (sameRow && (other.name ?? '') in table.columns) return undefined;
  const left = part.slice(0, end);
  const plain = columnOf(left, alias);
  if (plain !== undefined) {
    return plain in table.columns
      ? { column: plain, kind: kind[1], wrapped: undefined }
      : undefined;
  }
  const [column, ...others] = [...new Set(left.match(/[a-z_]\w*/g))].filter(
    (word) => word in table.columns,
  );
  if (column === undefined || others.length > 0) return undefined;
  // A varchar is compared as text, and its index serves that.
  const relabelled = /^\([\w.]+\)::text$/.test(left);
  const free = relabelled && table.columns[column] === 'character varying';
  return { column, kind: kind[1], wrapped: free ? undefined : left };
}

/** What the hash join above a scan, as its outer side, compares one of the scan's columns with. */
export function joinConditionOf(
  node: PlanNode,
  parent: PlanNode | undefined,
  table: TableFacts,
): Condition | undefined {
  const join = parent?.fields['Hash Cond'];
  if (node.role !== 'Outer' || typeof join !== 'string') return undefined;
  const sides = unwrap(join).split(' = ');
  const column = sides
    .map((side) => columnOf(side, node.alias))
    .find((name) => name !== undefined && name in table.columns);
  if (column === undefined || sides.length !== 2) return undefined;
  return { column, kind: 'equals', wrapped: undefined };
}

/** `p.created_at` as `created_at`; undefined for anything but a column. */
export function columnOf(text: string, alias: string | undefined): string | undefined {
  const { qualifier, name } =
    /^(?:(?<qualifier>\w+)\.)?(?<name>[a-z_]\w*)$/.exec(text)?.groups ?? {};
  return qualifier === undefined || qualifier === alias ? name : undefined;
}

/** The parts that AND joins, without their parentheses. */
function conjuncts(text: string): string[] {
  const bare = unwrap(text);
  const parts: string[] = [];
  let start = 0;
  walk(bare, (at, depth) => {
    if (depth === 0 && bare.startsWith(' AND ', at)) {
      parts.push(bare.slice(start, at));
      start = at + ' AND '.length;
    }
  });
  const last = bare.slice(start);
  return parts.length === 0 ? [last] : [...parts, last].flatMap(conjuncts);
}

/** Without the pair of parentheses around all of it, where there is one. */
function unwrap(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let closed = text.length;
  walk(text, (at, depth) => {
    if (depth === 0 && text[at] === ')') closed = Math.min(closed, at);
  });
  return closed === text.length - 1 ? unwrap(text.slice(1, -1)) : text;
}

/** Where the first operand ends: at the first space outside of parentheses and quotes. */
function endOfOperand(text: string): number {
  let end = text.length;
  walk(text, (at, depth) => {
    if (depth === 0 && text[at] === ' ') end = Math.min(end, at);
  });
  return end;
}

/** Visits each character outside of quotes with the depth of parentheses after it. */
function walk(text: string, visit: (at: number, depth: number) => void): void {
  let depth = 0;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (quote) {
      // A doubled quote closes and opens again.
      if (character === quote) quote = '';
      continue;
    }
    if (character === "'" || character === '"') quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (!quote) visit(at, depth);
  }
}
