import type { Buffers } from './buffers.js';

/** One node of a plan. Rows are totals over all loops and processes, times are wall clock. */
export interface PlanNode {
  /** As EXPLAIN's text form says it: `Parallel Seq Scan`, `Hash Semi Join`, `HashAggregate`. */
  readonly title: string;
  /** Table, CTE, function or other source that is scanned. */
  readonly source: string | undefined;
  readonly alias: string | undefined;
  readonly index: string | undefined;
  /** How its parent uses it: `Outer`, `Inner`, `InitPlan`, `SubPlan`, `Member`, `Subquery`. */
  readonly role: string | undefined;
  /** `CTE probe`, `InitPlan 1`, … where it is one. */
  readonly subplan: string | undefined;
  /** How often it ran, summed over processes; 0: never executed, undefined: not measured. */
  readonly loops: number | undefined;
  readonly estimatedRows: number;
  readonly actualRows: number | undefined;
  /** Planner's cost of one run, children included. */
  readonly cost: number;
  /** Milliseconds, children included; beneath a Gather the average over its processes. */
  readonly inclusiveMs: number;
  /** Milliseconds of its own: over all nodes they add up to the plan's `totalMs`. */
  readonly exclusiveMs: number;
  /** Children included. */
  readonly buffers: Buffers;
  /** Shared buffers hit and read of its own. */
  readonly exclusiveBuffers: number;
  /** Every field that PostgreSQL gave, known here or not, but `Plans`. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly children: readonly PlanNode[];
}

/** A node and all beneath it, parents first, in the order of EXPLAIN. */
export function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}

/** The tables that some plans read, each once; of a partitioned one its parts. */
export function tablesIn(roots: readonly PlanNode[]): string[] {
  const names = roots.flatMap((root) =>
    [...nodesOf(root)].flatMap(({ fields: { 'Relation Name': name } }) =>
      typeof name === 'string' ? name : [],
    ),
  );
  return [...new Set(names)];
}
