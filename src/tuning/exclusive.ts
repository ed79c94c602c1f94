import { nodesOf, type PlanNode } from './nodes.js';

/**
 * Shares out what a plan took among its nodes, so that the parts add up to the whole and none is
 * negative.
 *
 * A node's measure holds its children's, and what is left is its own; but for two things. CTEs and
 * InitPlans hang beneath one node and run when another first asks for their rows, so they are taken
 * from those who ask. And what PostgreSQL reports does not always fit into each other (averages are
 * rounded; workers go on while the leader does something else), so children that exceed their parent
 * are scaled to fit.
 *
 * @param inclusive a node's measure, children included: milliseconds or buffers
 * @returns each node's own share; together the root's measure, and that of data-modifying CTEs, which
 *   go on when the root has ended
 */
export function shareOut(
  root: PlanNode,
  inclusive: (node: PlanNode) => number,
): Map<PlanNode, number> {
  const shares = new Map<PlanNode, number>();
  const deferred: Deferred[] = [];

  const share = (node: PlanNode, budget: number) => {
    const children = node.children.filter((child) => child.role !== 'InitPlan');
    const whole = inclusive(node);
    const sum = children.reduce((total, child) => total + inclusive(child), 0);
    const scale = budget / (Math.max(whole, sum) || 1);
    shares.set(node, Math.max(0, budget - sum * scale));
    for (const child of children) share(child, inclusive(child) * scale);
    for (const child of node.children) {
      if (child.role === 'InitPlan')
        deferred.push({ plan: child, users: usersOf(child, node), node });
    }
  };

  const take = (nodes: readonly PlanNode[], wanted: number): number => {
    const available = nodes.reduce((sum, node) => sum + (shares.get(node) ?? 0), 0);
    const taken = Math.min(wanted, available);
    if (taken === 0) return 0;
    for (const node of nodes) {
      const own = shares.get(node);
      if (own) shares.set(node, Math.max(0, own - (taken * own) / available));
    }
    return taken;
  };

  share(root, inclusive(root));
  for (let next = takeReady(deferred, shares); next; next = takeReady(deferred, shares)) {
    const { plan, users, node } = next;
    const wanted = inclusive(plan);
    let budget = take(users, wanted);
    // Nobody who asks is named in the plan: it was some node beneath the one it hangs on.
    if (!isCte(plan)) budget += take([node], wanted - budget);
    if (!isCte(plan)) budget += take([...nodesOf(node)], wanted - budget);
    share(plan, isModification(plan) ? wanted : budget);
  }
  return shares;
}

/** A CTE or InitPlan, whose share is known once the shares of those who ask for its rows are. */
interface Deferred {
  readonly plan: PlanNode;
  readonly users: readonly PlanNode[];
  /** The node that it hangs on. */
  readonly node: PlanNode;
}

function takeReady(deferred: Deferred[], shares: ReadonlyMap<PlanNode, number>) {
  const ready = deferred.findIndex(({ users }) => users.every((user) => shares.has(user)));
  return deferred.splice(Math.max(ready, 0), 1)[0];
}

const isCte = ({ subplan }: PlanNode) => subplan?.startsWith('CTE ') ?? false;
const isModification = ({ fields }: PlanNode) => fields['Node Type'] === 'ModifyTable';

/** The nodes beneath `owner` that ask for the rows of a CTE or the value of an InitPlan. */
function usersOf(plan: PlanNode, owner: PlanNode): PlanNode[] {
  const asks = isCte(plan) ? scansOf(plan) : mentionsOf(plan);
  const inside = new Set(nodesOf(plan));
  return [...nodesOf(owner)].filter((node) => !inside.has(node) && asks(node));
}

function scansOf({ subplan = '' }: PlanNode) {
  const name = subplan.slice('CTE '.length);
  return ({ fields }: PlanNode) =>
    fields['Node Type'] === 'CTE Scan' && fields['CTE Name'] === name;
}

/** `InitPlan 1 (returns $0,$1)` up to PostgreSQL 16, asked for as `$0`; then `(InitPlan 1).col1`. */
function mentionsOf({ subplan = '' }: PlanNode) {
  const returns = /\(returns (.+)\)/.exec(subplan)?.[1]?.split(',') ?? [];
  const patterns = returns.map((parameter) => new RegExp(`\\${parameter.trim()}(?!\\d)`));
  return ({ fields }: PlanNode) => {
    const texts = Object.entries(fields)
      .filter(([name]) => name !== 'Subplan Name')
      .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
      .filter((value): value is string => typeof value === 'string');
    return texts.some(
      (text) => text.includes(`(${subplan}).`) || patterns.some((pattern) => pattern.test(text)),
    );
  };
}
