import type { PlanNode } from './nodes.js';
import type { Plan } from './plan.js';

/** A plan as PostgreSQL gave it, for programs that read the output of EXPLAIN (FORMAT JSON). */
export function rawPlan({ root, planningMs, executionMs, fields }: Plan): Record<string, unknown> {
  return {
    Plan: rawNode(root),
    ...fields,
    ...(planningMs !== undefined && { 'Planning Time': planningMs }),
    ...(executionMs !== undefined && { 'Execution Time': executionMs }),
  };
}

function rawNode({ fields, children }: PlanNode): Record<string, unknown> {
  return { ...fields, ...(children.length > 0 && { Plans: children.map(rawNode) }) };
}
