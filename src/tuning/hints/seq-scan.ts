import { nodesOf, type PlanNode } from '../nodes.js';
import { type Condition, conditionsIn, joinConditionOf } from './conditions.js';
import type { Facts, TableFacts } from './facts.js';
import { type Hint, nameOf, type Rule, readBy, rows, severityOf } from './hint.js';
import { indexesOn, suggestIndex } from './suggest-index.js';

/** Below this, reading the whole table is as good as any index. */
const MANY_ROWS = 10_000;
/** Above this part of the rows, an index would visit most pages of the table all the same. */
const FEW = 0.05;

/** A large table read in full, for a few of its rows, and no index that could find them. */
export const seqScan: Rule = (plan, facts) => {
  const visit = (node: PlanNode, parent: PlanNode | undefined): Hint[] => {
    const table = facts.tables.get(node.source ?? '');
    const wasteful = table && node.title.endsWith('Seq Scan') && wasteOf(node, parent, table);
    const beneath = node.children.flatMap((child) => visit(child, node));
    if (!wasteful || node.exclusiveMs < plan.totalMs * 0.05) return beneath;
    const { conditions, kept, by } = wasteful;
    const served = conditions.some(({ column }) => indexesOn(facts, table.name, column).length > 0);
    const suggestion = served ? undefined : suggestIndex(facts, table.name, conditions);
    if (!suggestion) return beneath;
    const hint: Hint = {
      rule: 'seq-scan',
      severity: severityOf(plan, node.exclusiveMs),
      node: nameOf(node),
      evidence: `reads ${rows(readBy(node))}, of which ${by} keeps ${rows(kept)}`,
      change: `an index on ${suggestion.on} finds them without reading the rest`,
      command: suggestion.command,
    };
    return [hint, ...beneath];
  };
  return visit(plan.root, undefined);
};

interface Waste {
  readonly conditions: Condition[];
  readonly kept: number;
  /** `the filter`, `the join`. */
  readonly by: string;
}

function wasteOf(
  node: PlanNode,
  parent: PlanNode | undefined,
  table: TableFacts,
): Waste | undefined {
  const read = readBy(node);
  const kept = node.actualRows ?? 0;
  if (read < MANY_ROWS) return undefined;
  if (kept <= read * FEW) {
    return { conditions: conditionsIn(node, 'Filter', table), kept, by: 'the filter' };
  }
  const join = joinConditionOf(node, parent, table);
  const joined = parent?.actualRows ?? 0;
  if (!join || joined > read * FEW) return undefined;
  return { conditions: [join], kept: joined, by: 'the join' };
}

/** The sequential scans of large tables whose filter leaves few rows. */
export function* wastefulScans(root: PlanNode, facts: Facts) {
  for (const node of nodesOf(root)) {
    const table = facts.tables.get(node.source ?? '');
    if (!table || !node.title.endsWith('Seq Scan')) continue;
    const read = readBy(node);
    if (read < MANY_ROWS || (node.actualRows ?? 0) > read * FEW) continue;
    yield { node, table, conditions: conditionsIn(node, 'Filter', table) };
  }
}
