import type { Leg } from '../tuning/explanation.js';
import { nodesOf, type PlanNode } from '../tuning/nodes.js';
import type { Plan } from '../tuning/plan.js';

/**
 * How two legs read some tables, as far as they differ: `Parallel Seq Scan` without,
 * `Index Only Scan using idx_posts_newest` with. Where they do not differ, all of it.
 *
 * @param named with the names of the indexes
 */
export function changedPaths(
  without: Leg,
  having: Leg,
  tables: readonly string[],
  named: boolean,
): { without: string[]; with: string[] } {
  const before = pathsOf(without.plan, tables);
  const after = pathsOf(having.plan, tables);
  const describe = (own: Map<string, PlanNode>, other: Map<string, PlanNode>) => {
    const different = [...own.keys()].filter((path) => !other.has(path));
    const shown = different.length > 0 ? different : [...own.keys()];
    return [...new Set(shown.map((path) => (named ? path : (own.get(path)?.title ?? path))))];
  };
  return { without: describe(before, after), with: describe(after, before) };
}

/** The nodes of a plan that read the tables and were not skipped, by what they do. */
function pathsOf({ root, executionMs }: Plan, tables: readonly string[]): Map<string, PlanNode> {
  const nodes = [...nodesOf(root)].filter(
    ({ source, loops }) =>
      source && tables.includes(source) && (executionMs === undefined || loops),
  );
  return new Map(
    nodes.map((node) => [node.index ? `${node.title} using ${node.index}` : node.title, node]),
  );
}
