import { nodesOf } from '../nodes.js';
import { conditionsIn } from './conditions.js';
import { nameOf, type Rule, removedBy, rows, severityOf } from './hint.js';
import { indexesOn, suggestIndex } from './suggest-index.js';

const MANY_ROWS = 1_000;
const TIMES_THE_KEPT = 10;

/** An index finds rows of which a filter throws most away: the filter's column is not in the index. */
export const indexFilter: Rule = (plan, facts) =>
  [...nodesOf(plan.root)].flatMap((node) => {
    const table = facts.tables.get(node.source ?? '');
    const byIndex = /^(Parallel )?(Index Scan|Index Only Scan|Bitmap Heap Scan)/.test(node.title);
    const removed = removedBy(node);
    const kept = node.actualRows ?? 0;
    if (!table || !byIndex || removed < MANY_ROWS || removed < kept * TIMES_THE_KEPT) return [];
    if (node.inclusiveMs < plan.totalMs * 0.1) return [];
    const filters = conditionsIn(node, 'Filter', table);
    // With an index on it, too, the planner had the choice: it walks this one for its order.
    const unserved = filters.filter(
      ({ column, wrapped }) => !wrapped && indexesOn(facts, table.name, column).length === 0,
    );
    const found = ['Index Cond', 'Recheck Cond'].flatMap((field) =>
      conditionsIn(node, field, table),
    );
    const suggestion =
      unserved.length > 0 ? suggestIndex(facts, table.name, [...found, ...unserved]) : undefined;
    if (!suggestion) return [];
    return [
      {
        rule: 'index-filter',
        severity: severityOf(plan, node.inclusiveMs),
        node: nameOf(node),
        evidence: `the index finds ${rows(removed + kept)}, of which the filter on ${unserved.map(({ column }) => column).join(', ')} keeps ${rows(kept)}`,
        change: `an index on ${suggestion.on} finds only those`,
        command: suggestion.command,
      },
    ];
  });
