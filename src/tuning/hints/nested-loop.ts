import { misestimates } from '../estimates.js';
import { nodesOf, type PlanNode } from '../nodes.js';
import { conditionsIn } from './conditions.js';
import type { Facts } from './facts.js';
import { nameOf, psql, type Rule, rows, severityOf } from './hint.js';

const FACTOR = 10;
const MANY_LOOPS = 1_000;

/** A nested loop chosen for a few rows that turned out to be many. */
export const nestedLoop: Rule = (plan, facts) => {
  const off = misestimates(plan.root);
  return [...nodesOf(plan.root)].flatMap((node) => {
    const [outer, inner] = node.children;
    if (!node.title.startsWith('Nested Loop') || !outer || !inner) return [];
    const misestimate = off.get(outer);
    if (misestimate?.came !== 'more' || misestimate.factor < FACTOR) return [];
    if ((outer.actualRows ?? 0) < MANY_LOOPS || inner.inclusiveMs < plan.totalMs * 0.3) return [];
    // What stops early for each row is LATERAL with a limit of its own: there is no other way.
    if ([...nodesOf(inner)].some(({ title }) => title === 'Limit')) return [];
    const source = deepestOff(outer, (child) => (off.get(child)?.factor ?? 1) >= FACTOR);
    return [
      {
        rule: 'nested-loop',
        severity: severityOf(plan, inner.inclusiveMs),
        node: nameOf(node),
        evidence: `planned for ${rows(outer.estimatedRows)} of ${nameOf(outer)}, ran for ${rows(outer.actualRows ?? 0)}; the estimate is off at ${nameOf(source)}`,
        ...remedyFor(source, facts),
      },
    ];
  });
};

/** Where the misestimate begins: estimates are carried upwards. */
function deepestOff(node: PlanNode, isOff: (node: PlanNode) => boolean): PlanNode {
  const child = node.children.find(isOff);
  return child ? deepestOff(child, isOff) : node;
}

function remedyFor(node: PlanNode, facts: Facts) {
  const table = facts.tables.get(node.source ?? '');
  if (!table) {
    return { change: 'give the planner a statement that it can estimate', command: null };
  }
  const columns = new Set(
    ['Filter', 'Index Cond', 'Recheck Cond']
      .flatMap((field) => conditionsIn(node, field, table))
      .map(({ column }) => column),
  );
  const analyze = `ANALYZE ${table.name}`;
  if (columns.size < 2) {
    const change = 'statistics that are up to date let the planner choose another join';
    return { change, command: psql(analyze) };
  }
  const list = [...columns].sort().join(', ');
  return {
    change: `${list} depend on each other, which the planner does not know: extended statistics tell it`,
    command: psql(`CREATE STATISTICS ON ${list} FROM ${table.name}; ${analyze}`),
  };
}
