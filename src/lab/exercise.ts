import type { Bench } from './bench.js';
import type { Check } from './check.js';

/** Asked before a step runs; the answer is what the servers then do. */
export interface Question {
  readonly text: string;
  /** What to choose from; absent where the answer is a number. */
  readonly choices?: readonly string[];
}

/** What a step showed. */
interface Seen {
  /** The right answer, measured: the place in `choices`, counted from 0, or the number itself. */
  readonly right?: number;
  /** What was seen, and why it is so. */
  readonly conclusion: string;
}

/** One step: a few sentences, a question, and work on the servers that answers it. */
export interface Step {
  readonly tell: string;
  /** Shown before the question, for it to be about. */
  look?(bench: Bench): Promise<void>;
  readonly ask?: Question;
  run(bench: Bench): Promise<Seen>;
}

/** A store beside PostgreSQL, and what plays its part where it is absent. */
interface Use {
  readonly store: 'redis' | 'mongodb';
  readonly otherwise: string;
}

/** An exercise is data: tables, and steps that work on them in sessions of their own. */
export interface Exercise {
  readonly name: string;
  readonly title: string;
  /** What a student can explain afterwards. */
  readonly aim: string;
  readonly minutes: number;
  readonly uses?: Use;
  /** SQL that makes and fills the tables in the empty scratch schema. */
  readonly tables: string;
  readonly steps: readonly Step[];
  readonly check?: Check;
}
