import { RequestError } from '../errors.js';
import { type Explainable, estimate } from './explain.js';
import {
  type Measured,
  type MeasuredSides,
  measureSides,
  type RunOptions,
  type Side,
  type Subject,
} from './legs.js';
import type { PlanNode } from './nodes.js';
import { indexesOf, type Plan } from './plan.js';
import type { SideName, Stage, Target } from './techniques/technique.js';

export interface Pair {
  /** The statement of the side without; on the other side it is always the subject's own. */
  readonly best: Explainable;
  readonly without: Measured;
  readonly with: Measured;
  /** Null when a side reached the time limit before it gave its rows, or nothing was executed. */
  readonly sameRows: true | null;
}

/**
 * Measures a statement with some indexes, and without them the best of it and its alternatives, or only asks the planner where that is all that
 * the technique can do.
 *
 * @throws RequestError `index-not-hidden` when the plan without the indexes uses one, and what
 *   {@link measureSides} throws
 */
export async function measurePair(
  stage: Stage,
  { statement, alternatives = [], ordered }: Subject,
  targets: readonly Target[],
  options: RunOptions & { readonly estimates?: boolean },
): Promise<Pair> {
  const best = await cheapestWithout(stage, [statement, ...alternatives]);
  const sideOf = (name: SideName, played: Explainable): Side => ({
    name,
    play: (work) => stage.play(name, played, work),
  });
  const sides = [sideOf('without', best), sideOf('with', statement)];
  const { measured, sameRows } = options.estimates
    ? await estimateSides(sides, stage.aliases)
    : await measureSides(sides, ordered, options);
  const [without, having] = measured;
  if (!without || !having) throw new Error('a side was not measured');
  if (!without.timedOut) assertHidden(without.plan, targets);
  return { best, without, with: having, sameRows };
}

/**
 * Of several statements for the same rows the one that the planner finds cheapest without the indexes:
 * what they buy is told against the best that could be done instead.
 */
async function cheapestWithout(
  stage: Stage,
  statements: readonly [Explainable, ...Explainable[]],
): Promise<Explainable> {
  let [cheapest] = statements;
  if (statements.length === 1) return cheapest;
  let least = Number.POSITIVE_INFINITY;
  for (const statement of statements) {
    const { root } = await stage.play('without', statement, estimate);
    if (root.cost < least) {
      least = root.cost;
      cheapest = statement;
    }
  }
  return cheapest;
}

async function estimateSides(
  sides: readonly Side[],
  aliases: Stage['aliases'] = new Map(),
): Promise<MeasuredSides> {
  const measured: Measured[] = [];
  for (const { play } of sides) {
    const plan = renameIndexes(await play(estimate), aliases);
    measured.push({ runsMs: [], plan, timedOut: false });
  }
  return { measured, sameRows: null };
}

function assertHidden(plan: Plan, targets: readonly Target[]): void {
  const used = indexesOf(plan).find((index) => targets.some(({ name }) => name === index));
  if (used === undefined) return;
  throw new RequestError('index-not-hidden', `the plan that should do without ${used} uses it`);
}

/** A plan that calls indexes by other names. */
function renameIndexes(plan: Plan, names: ReadonlyMap<string, string>): Plan {
  const renamed = (node: PlanNode): PlanNode => ({
    ...node,
    index: node.index && (names.get(node.index) ?? node.index),
    children: node.children.map(renamed),
  });
  return { ...plan, root: renamed(plan.root) };
}
