import type { Sql } from '../stores/postgres.js';
import type { Plan } from '../tuning/plan.js';

/** One thing that was tried with a student's SQL, and what came of it. */
export interface Trial {
  readonly tried: string;
  readonly saw: string;
  readonly good: boolean;
}

export interface Judgement {
  readonly trials: readonly Trial[];
  /** The plan that was judged, where one was. */
  readonly plan?: Plan;
}

/** What a judge needs. */
export interface CheckBench {
  readonly url: string;
  readonly schema: string;
  /** A pool on the scratch schema. */
  readonly scratch: Sql;
  readonly interrupted: AbortSignal;
}

/** Bound on one statement of a student's, milliseconds. */
export const STUDENT_MS = 10_000;
