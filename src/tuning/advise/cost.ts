import type { Transaction } from '../../stores/postgres.js';
import { type Plan, parsePlan } from '../plan.js';
import type { WorkItem } from './workload.js';

/** The plan that a statement would get; of one with parameters, the plan for any value. */
export async function planFor(
  transaction: Transaction,
  { text, generic }: WorkItem,
): Promise<Plan> {
  const options = generic ? 'GENERIC_PLAN, FORMAT JSON' : 'FORMAT JSON';
  const [row] = await transaction.unsafe<Record<string, unknown>[]>(
    `EXPLAIN (${options}) ${text}`,
    [],
    // The simple protocol lets the text have parameters without values.
    { simple: generic } as object,
  );
  return parsePlan(row?.['QUERY PLAN']);
}
