import { InterruptedError, RequestError } from '../errors.js';
import type { Transaction } from '../stores/postgres.js';
import { digestOf, type Explainable, estimate, measure } from './explain.js';
import type { Plan } from './plan.js';
import { orTimeLimit } from './time-limit.js';

/** One side of a comparison, measured. */
export interface Measured {
  /** Execution times of the runs, milliseconds; empty when a run reached the time limit. */
  readonly runsMs: readonly number[];
  /** The plan of the run that took the median time; only estimated where the limit was reached. */
  readonly plan: Plan;
  readonly timedOut: boolean;
}

/** One of several ways to get the same rows. */
export interface Side {
  readonly name: string;
  /** Sets the scene for this side and runs `work` on it, with the statement as it is to be run. */
  play<T>(work: (transaction: Transaction, statement: Explainable) => Promise<T>): Promise<T>;
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
  /** Other statements for the same rows, one of which may be better without the indexes. */
  readonly alternatives?: readonly Explainable[];
  /** Whether it fixes the order of its rows. */
  readonly ordered: boolean;
}

export interface MeasuredSides {
  /** In the order of the sides. */
  readonly measured: readonly Measured[];
  readonly sameRows: true | null;
}

/**
 * Measures several ways to the same rows: each side gives its rows once, which also warms it, and then
 * the sides take turns (ABBA), so that whatever drifts meanwhile drifts for all.
 *
 * @throws RequestError `rows-differ` when the sides give other rows
 */
export async function measureSides(
  sides: readonly Side[],
  ordered: boolean,
  options: RunOptions,
): Promise<MeasuredSides> {
  const played = <T>(
    side: Side,
    work: (transaction: Transaction, statement: Explainable) => Promise<T>,
  ) => {
    if (options.interrupted?.aborted) throw new InterruptedError();
    return orTimeLimit(options.limitMs, side.play(work));
  };
  const runs = new Map(sides.map((side): [Side, Plan[]] => [side, []]));
  const digests = new Map<Side, string>();
  for (const side of sides) {
    const digest = await played(side, (transaction, statement) =>
      digestOf(transaction, statement, ordered),
    );
    if (digest === undefined) runs.delete(side);
    else digests.set(side, digest);
  }
  assertSameRows(digests);
  for (const [done, side] of turnsOf(sides, options.runs).entries()) {
    options.onRun?.(done, sides.length * options.runs);
    const plan = runs.has(side) ? await played(side, measure) : undefined;
    // A side that reaches the time limit once is not run again.
    if (plan) runs.get(side)?.push(plan);
    else runs.delete(side);
  }
  const measured: Measured[] = [];
  for (const side of sides) {
    const plans = runs.get(side);
    if (plans) measured.push({ ...medianOf(plans), timedOut: false });
    else measured.push({ runsMs: [], plan: await side.play(estimate), timedOut: true });
  }
  return { measured, sameRows: digests.size === sides.length ? true : null };
}

/** There and back again: A B C, C B A, A B C, … */
function turnsOf(sides: readonly Side[], runs: number): Side[] {
  return Array.from({ length: runs }, (_, run) =>
    run % 2 === 0 ? sides : [...sides].reverse(),
  ).flat();
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

function assertSameRows(digests: ReadonlyMap<Side, string>): void {
  const [[first, digest] = [], ...others] = [...digests];
  const other = others.find(([, theirs]) => theirs !== digest)?.[0];
  if (!first || !other) return;
  throw new RequestError(
    'rows-differ',
    first.name === 'without'
      ? 'the statement gives other rows without the index than with it'
      : `${first.name} and ${other.name} give other rows`,
    'a LIMIT without a total ORDER BY leaves the rows open: order by a unique column, too',
  );
}
