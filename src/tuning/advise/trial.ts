import type { WorkItem } from './workload.js';

/** What came of trying an index on the workload. */
export interface Trial {
  readonly on: 'HypoPG' | 'a temporary copy';
  /** Whether the statements were executed; else the gain is the planner's estimate. */
  readonly measured: boolean;
  /** What the workload takes without the index over what it takes with it. */
  readonly gain: number;
  /** A statement without it was stopped at its time limit, so the gain is at least that. */
  readonly atLeast: boolean;
  /** The statements that it makes faster. */
  readonly helps: readonly string[];
}

/** One statement of the workload without and with the index: milliseconds, or the planner's cost. */
export interface Effect {
  readonly item: WorkItem;
  readonly before: number;
  readonly after: number;
  /** Whether the plan with the index uses it; if not, what the two differ by is chance. */
  readonly used: boolean;
  /** The statement without the index was stopped at its time limit, which is `before`. */
  readonly stopped?: boolean;
}

/** A gain of less is not worth an index. */
const WORTHWHILE = 1.05;

/** Sums up what an index does to the statements of a workload, each as often as it is run. */
export function trialOf(how: Pick<Trial, 'on' | 'measured'>, effects: readonly Effect[]): Trial {
  const used = effects.filter((effect) => effect.used);
  const sum = (part: (effect: Effect) => number) =>
    effects.reduce((total, effect) => total + part(effect) * effect.item.calls, 0);
  const helped = used.filter(({ before, after }) => before > after * WORTHWHILE);
  return {
    ...how,
    gain:
      sum(({ before }) => before) / sum((effect) => (effect.used ? effect.after : effect.before)),
    atLeast: helped.some(({ stopped }) => stopped),
    helps: helped.map(({ item }) => item.name),
  };
}
