import postgres from 'postgres';
import { InterruptedError, RequestError } from '../errors.js';
import type { Transaction } from '../stores/postgres.js';
import { digestOf, type Explainable, estimate, measure } from './explain.js';
import { indexesOf, type Plan } from './plan.js';
import type { Stage, Target } from './techniques/technique.js';

type Side = 'without' | 'with';

/** One side of a comparison, measured. */
export interface Measured {
  /** Execution times of the runs, milliseconds; empty when a run reached the time limit. */
  readonly runsMs: readonly number[];
  /** The plan of the run that took the median time; only estimated where the limit was reached. */
  readonly plan: Plan;
  readonly timedOut: boolean;
}

export interface Pair {
  readonly without: Measured;
  readonly with: Measured;
  /** Null when a side reached the time limit before it gave its rows. */
  readonly sameRows: true | null;
}

export interface RunOptions {
  /** How often each side is measured. */
  readonly runs: number;
  /** Bound on one run, milliseconds. */
  readonly limitMs: number;
  readonly interrupted?: AbortSignal | undefined;
  /** Told before each run how many of how many are done. */
  readonly onRun?: ((done: number, of: number) => void) | undefined;
}

/** A statement to be explained. */
export interface Subject {
  readonly statement: Explainable;
  /** Whether it fixes the order of its rows. */
  readonly ordered: boolean;
}

/** Plays on one side of the stage; undefined when the time limit was reached. */
type Play = <T>(
  side: Side,
  work: (transaction: Transaction) => Promise<T>,
) => Promise<T | undefined>;

/**
 * Measures a statement with and without some indexes: each side gives its rows once, which also warms
 * it, and then the sides take turns (ABBA), so that whatever drifts meanwhile drifts for both.
 *
 * @throws RequestError `rows-differ` when the sides give other rows, `index-not-hidden` when the plan
 *   without the indexes uses one
 */
export async function measurePair(
  stage: Stage,
  { statement, ordered }: Subject,
  targets: readonly Target[],
  options: RunOptions,
): Promise<Pair> {
  const play: Play = (side, work) => {
    if (options.interrupted?.aborted) throw new InterruptedError();
    const played = side === 'with' ? stage.withIndexes(work) : stage.withoutIndexes(work);
    return orTimeLimit(options.limitMs, played);
  };
  const digests = {
    without: await play('without', (transaction) => digestOf(transaction, statement, ordered)),
    with: await play('with', (transaction) => digestOf(transaction, statement, ordered)),
  };
  const sameRows = assertSameRows(digests);
  const slow = new Set<Side>((['without', 'with'] as const).filter((side) => !digests[side]));
  const plans = await takeTurns(play, statement, slow, options);
  for (const plan of plans.without) assertHidden(plan, targets);

  const finish = async (side: Side): Promise<Measured> => {
    if (!slow.has(side)) return { ...medianOf(plans[side]), timedOut: false };
    const plan = await play(side, (transaction) => estimate(transaction, statement));
    if (!plan) throw new Error('even planning reached the time limit');
    return { runsMs: [], plan, timedOut: true };
  };
  return { without: await finish('without'), with: await finish('with'), sameRows };
}

/** @param slow the sides that reached the time limit; those that do so now are added */
async function takeTurns(
  play: Play,
  statement: Explainable,
  slow: Set<Side>,
  { runs, onRun }: RunOptions,
): Promise<Record<Side, Plan[]>> {
  const plans: Record<Side, Plan[]> = { without: [], with: [] };
  const turns = Array.from({ length: runs }, (_, run): Side[] =>
    run % 2 === 0 ? ['without', 'with'] : ['with', 'without'],
  ).flat();
  for (const [done, side] of turns.entries()) {
    onRun?.(done, turns.length);
    if (slow.has(side)) continue;
    const plan = await play(side, (transaction) => measure(transaction, statement));
    if (plan) plans[side].push(plan);
    else slow.add(side);
  }
  return plans;
}

/** The run of the median time; of an even number the slower of the two in the middle. */
export function medianOf(plans: readonly Plan[]): { runsMs: number[]; plan: Plan } {
  const byTime = [...plans].sort((a, b) => executionOf(a) - executionOf(b));
  const plan = byTime[Math.floor(byTime.length / 2)];
  if (!plan) throw new Error('no run was measured');
  return { runsMs: plans.map(executionOf), plan };
}

function executionOf({ executionMs = 0 }: Plan): number {
  return executionMs;
}

const CANCELLED = '57014';

/** What `work` gives; undefined when the server ended it at the time limit. */
async function orTimeLimit<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  const started = performance.now();
  try {
    return await work;
  } catch (error) {
    const cancelled = error instanceof postgres.PostgresError && error.code === CANCELLED;
    // Somebody else may have cancelled it, too.
    if (cancelled && performance.now() - started >= limitMs * 0.9) return undefined;
    throw error;
  }
}

function assertHidden(plan: Plan, targets: readonly Target[]): void {
  const used = indexesOf(plan).find((index) => targets.some(({ name }) => name === index));
  if (used === undefined) return;
  throw new RequestError('index-not-hidden', `the plan that should do without ${used} uses it`);
}

function assertSameRows(digests: Record<Side, string | undefined>): true | null {
  if (digests.with === undefined || digests.without === undefined) return null;
  if (digests.with === digests.without) return true;
  throw new RequestError(
    'rows-differ',
    'the statement gives other rows without the index than with it',
    'a LIMIT without a total ORDER BY leaves the rows open: order by a unique column, too',
  );
}
