import { nodesOf, type PlanNode } from '../nodes.js';
import { columnOf, conditionsIn } from './conditions.js';
import type { Facts, TableFacts } from './facts.js';
import { nameOf, type Rule, rows, severityOf } from './hint.js';
import { type SortKey, suggestIndex } from './suggest-index.js';

const MANY_ROWS = 10_000;

/** Many rows of one table are sorted, though an index could give them in that order. */
export const sort: Rule = (plan, facts) =>
  [...nodesOf(plan.root)].flatMap((node) => {
    const [scan] = node.children;
    const table = facts.tables.get(scan?.source ?? '');
    if (node.title !== 'Sort' || !scan || !table || !scan.title.endsWith('Scan')) return [];
    // A scan of few columns of many rows is as good by the table, unless a LIMIT ends it early.
    const limited = node.fields['Sort Method'] === 'top-N heapsort';
    const sorted = scan.actualRows ?? 0;
    if (!limited || sorted < MANY_ROWS || node.inclusiveMs < plan.totalMs * 0.2) return [];
    const order = orderOf(node, scan, table);
    if (!order) return [];
    const conditions = ['Index Cond', 'Recheck Cond', 'Filter']
      .flatMap((field) => conditionsIn(scan, field, table))
      .filter(({ kind, wrapped }) => kind === 'equals' && !wrapped);
    const equal = conditions.map(({ column }) => column);
    if (givenBy(facts, table.name, equal, order)) return [];
    const suggestion = suggestIndex(facts, table.name, conditions, order);
    if (!suggestion) return [];
    return [
      {
        rule: 'sort',
        severity: severityOf(plan, node.inclusiveMs),
        node: nameOf(node),
        evidence: `sorts ${rows(sorted)} of ${table.name} for the first ${rows(node.actualRows ?? 0)}`,
        change: `an index on ${suggestion.on} gives them in that order, so that the limit ends the scan`,
        command: suggestion.command,
      },
    ];
  });

/** The sort's keys as columns of the table; undefined where one is none. */
function orderOf(node: PlanNode, scan: PlanNode, table: TableFacts): SortKey[] | undefined {
  const keys = node.fields['Sort Key'];
  if (!Array.isArray(keys)) return undefined;
  const order = keys.map((key): SortKey | undefined => {
    const { text = '', descending } =
      /^(?<text>\S+)(?<descending> DESC)?$/.exec(String(key))?.groups ?? {};
    const column = columnOf(text, scan.alias);
    return column !== undefined && column in table.columns
      ? { column, descending: descending !== undefined }
      : undefined;
  });
  return order.every((key) => key !== undefined) ? order : undefined;
}

/** Whether an index gives this order already, read forwards or backwards. */
function givenBy({ indexes }: Facts, table: string, equal: string[], order: SortKey[]): boolean {
  return indexes.some((index) => {
    if (index.table !== table || !index.valid || index.method !== 'btree') return false;
    const keys = index.keys.filter(({ text }) => !equal.includes(text));
    const fits = (backwards: boolean) =>
      order.every(
        ({ column, descending }, place) =>
          equal.includes(column) ||
          (keys[place]?.text === column && (keys[place].descending !== descending) === backwards),
      );
    return fits(false) || fits(true);
  });
}
