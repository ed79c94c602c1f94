import type { PricedCandidate } from './candidates.js';
import type { WorkItem } from './workload.js';

/** What came of trying an index on the workload. */
export interface Trial {
  readonly on: 'HypoPG' | 'a temporary copy';
  /** Whether the statements were executed; else the gain is the planner's estimate. */
  readonly measured: boolean;
  /** What the statements that use it take without it over what they take with it. */
  readonly gain: number;
  /** What that saves in all, each statement as often as it is run: milliseconds, or planner's cost. */
  readonly saved: number;
  /** A statement without it was stopped at its time limit, so the gain is at least that. */
  readonly atLeast: boolean;
  /** The statements that it makes faster. */
  readonly helps: readonly string[];
}

/** One statement without and with the index: milliseconds, or the planner's cost. */
export interface Effect {
  readonly item: WorkItem;
  /** Null: it was stopped at its time limit. */
  readonly before: number | null;
  readonly after: number | null;
  /** Whether the plan with the index uses it; if not, what the two differ by is chance. */
  readonly used: boolean;
}

/** A gain of less is not worth an index. */
const WORTHWHILE = 1.05;

/**
 * Sums up what an index does to the statements of a workload.
 *
 * @param limitMs what a statement that was stopped took at least
 */
export function trialOf(
  how: Pick<Trial, 'on' | 'measured'>,
  effects: readonly Effect[],
  limitMs = Number.POSITIVE_INFINITY,
): Trial {
  // Of a statement that was stopped either way nothing is known.
  const known = effects
    .filter(({ before, after, used }) => used && (before !== null || after !== null))
    .map(({ item, before, after }) => ({
      name: item.name,
      stopped: before === null,
      before: (before ?? limitMs) * item.calls,
      after: (after ?? limitMs) * item.calls,
    }));
  const sum = (side: 'before' | 'after') =>
    known.reduce((total, effect) => total + effect[side], 0);
  const [before, after] = [sum('before'), sum('after')];
  const helped = known.filter((effect) => effect.before > effect.after * WORTHWHILE);
  return {
    ...how,
    gain: after > 0 ? before / after : 1,
    saved: before - after,
    atLeast: known.some(({ stopped }) => stopped),
    helps: helped.map(({ name }) => name),
  };
}

/**
 * Takes the best index, then the best of the others with that one there, and so on, until none helps
 * any more: two that serve the same statements are not both worth their price. The best saves most; of
 * those that save as much, the smallest.
 *
 * @param round tries each of `left` with all of `taken` there; undefined for one that cannot be tried
 * @returns those that were taken, the best first, with what each added to those before it
 */
export async function takeInTurn(
  candidates: readonly PricedCandidate[],
  round: (
    left: readonly PricedCandidate[],
    taken: readonly PricedCandidate[],
  ) => Promise<readonly (Trial | undefined)[]>,
): Promise<Map<PricedCandidate, Trial>> {
  const taken = new Map<PricedCandidate, Trial>();
  for (let left = [...candidates]; left.length > 0; ) {
    const trials = await round(left, [...taken.keys()]);
    const [best] = trials
      .flatMap((trial, place) => {
        const candidate = left[place];
        return candidate && trial && trial.gain >= WORTHWHILE ? [{ candidate, trial }] : [];
      })
      .sort(
        (a, b) =>
          rounded(b.trial.saved) - rounded(a.trial.saved) ||
          sizeOf(a.candidate) - sizeOf(b.candidate),
      );
    if (!best) break;
    taken.set(best.candidate, best.trial);
    left = left.filter((candidate) => candidate !== best.candidate);
  }
  return taken;
}

/** Two digits: what differs by less saves as much. */
function rounded(saved: number): number {
  return Number(saved.toPrecision(2));
}

function sizeOf({ price }: PricedCandidate): number {
  return price?.sizeBytes ?? 0;
}
