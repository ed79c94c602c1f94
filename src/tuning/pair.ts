import { RequestError } from '../errors.js';
import { estimate } from './explain.js';
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
  readonly without: Measured;
  readonly with: Measured;
  /** Null when a side reached the time limit before it gave its rows, or nothing was executed. */
  readonly sameRows: true | null;
}

/**
 * Measures a statement with and without some indexes, or only asks the planner where that is all that
 * the technique can do.
 *
 * @throws RequestError `index-not-hidden` when the plan without the indexes uses one, and what
 *   {@link measureSides} throws
 */
export async function measurePair(
  stage: Stage,
  { statement, ordered }: Subject,
  targets: readonly Target[],
  options: RunOptions & { readonly estimates?: boolean },
): Promise<Pair> {
  const sideOf = (name: SideName): Side => ({
    name,
    play: (work) => stage.play(name, statement, work),
  });
  const sides = [sideOf('without'), sideOf('with')];
  const { measured, sameRows } = options.estimates
    ? await estimateSides(sides, stage.aliases)
    : await measureSides(sides, ordered, options);
  const [without, having] = measured;
  if (!without || !having) throw new Error('a side was not measured');
  if (!without.timedOut) assertHidden(without.plan, targets);
  return { without, with: having, sameRows };
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
