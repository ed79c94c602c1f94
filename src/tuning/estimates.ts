import type { PlanNode } from './nodes.js';

export interface Misestimate {
  /** How many times off, at least 1. */
  readonly factor: number;
  /** Whether more or fewer rows came than the planner expected. */
  readonly came: 'more' | 'fewer';
}

/** Nodes that read all of their input before they give a row, whoever stops asking above them. */
const BLOCKING = new Set(['Sort', 'Hash', 'Aggregate', 'SetOp', 'ModifyTable']);

/**
 * How far the planner's row counts are off. Nodes that something above them stopped early (a Limit,
 * a semi-join that has its match) gave fewer rows than there are: for them that proves nothing, and
 * they are left out unless they gave more.
 *
 * @returns an entry for each node that was executed and says something about the estimate
 */
export function misestimates(root: PlanNode): Map<PlanNode, Misestimate> {
  const found = new Map<PlanNode, Misestimate>();
  const visit = (node: PlanNode, stoppable: boolean) => {
    const misestimate = misestimateOf(node);
    if (misestimate && (misestimate.came === 'more' || !stoppable)) found.set(node, misestimate);
    for (const child of node.children) visit(child, mayBeStopped(node, child, stoppable));
  };
  visit(root, false);
  return found;
}

/** PostgreSQL does not count the rows of these. */
const UNCOUNTED = new Set(['BitmapAnd', 'BitmapOr']);

function misestimateOf(node: PlanNode): Misestimate | undefined {
  const { actualRows, estimatedRows, loops, title } = node;
  if (actualRows === undefined || !loops || UNCOUNTED.has(title)) return undefined;
  // Below one row the planner's estimate is clamped, so a fraction of a row is no finding.
  const actual = Math.max(actualRows, loops);
  const estimated = Math.max(estimatedRows, loops);
  return actual >= estimated
    ? { factor: actual / estimated, came: 'more' }
    : { factor: estimated / actual, came: 'fewer' };
}

function mayBeStopped({ fields }: PlanNode, { role }: PlanNode, stoppable: boolean): boolean {
  const type = String(fields['Node Type']);
  // An InitPlan, a SubPlan and a CTE give no more than is asked for.
  if (role === 'InitPlan' || role === 'SubPlan') return true;
  if (type === 'Limit' || type === 'Merge Join') return true;
  if (BLOCKING.has(type) && fields.Strategy !== 'Sorted') return false;
  const firstMatchIsEnough =
    fields['Inner Unique'] === true || /Semi|Anti/.test(String(fields['Join Type']));
  return stoppable || (role === 'Inner' && type === 'Nested Loop' && firstMatchIsEnough);
}
