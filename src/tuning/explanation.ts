import type { Buffers } from './buffers.js';
import type { Hint } from './hints/hint.js';
import type { Measured, Subject } from './legs.js';
import { nodeTypes, type Plan } from './plan.js';
import type { Price } from './price.js';
import type { ReadPath } from './read-path.js';
import type { Reader } from './readers.js';
import { rowsRead } from './rows-read.js';
import type { Contest } from './strategies.js';
import type { Sampled } from './techniques/temporary-copy.js';

/** One way that a statement ran: a row of the table, and a plan. */
export interface Leg {
  /** `without` or `with` the indexes; the statement's name where nothing is compared. */
  readonly name: string;
  /** The reader of the feed; null for other statements. */
  readonly user: string | null;
  readonly profile: Reader['profile'];
  readonly followees: number | null;
  /** The strategy that this reader's feed took, `search`, or the file of the statement. */
  readonly statement: string;
  /** The statement, with literals: it can be pasted into psql. */
  readonly sql: string;
  /** Null when a run reached the time limit. */
  readonly medianMs: number | null;
  readonly runsMs: readonly number[];
  /** The time limit, milliseconds, where a run reached it; null otherwise. */
  readonly stoppedAfterMs: number | null;
  /** Of the run with the median time. */
  readonly buffers: Pick<Buffers, 'hit' | 'read'>;
  readonly nodeTypes: readonly string[];
  /** Rows that the plan's scans gave or threw away; null when it was not executed. */
  readonly rowsRead: number | null;
  /** Of the run with the median time; only estimated when a run reached the time limit. */
  readonly plan: Plan;
}

/** What the indexes bought one reader, or one statement: the gain from one leg to the other. */
export interface Gain {
  readonly user: string | null;
  /** Both legs gave the same rows; null when one was stopped before it gave any. */
  readonly sameRows: true | null;
  /** Median time without over median time with; null when it is not known. */
  readonly speedup: number | null;
  /** The planner's cost without over its cost with, where nothing was executed; null elsewhere. */
  readonly costRatio: number | null;
  /** The leg without was stopped at the time limit, so the speed-up is at least that. */
  readonly atLeast: boolean;
}

export interface Explanation {
  /** `feed`, `search`, or the file of the statement. */
  readonly subject: string;
  /** The feed's strategy as it was named, `auto` included; null for other statements. */
  readonly strategy: string | null;
  readonly runs: number;
  /** How the indexes were hidden; null where nothing is compared. */
  readonly technique: string | null;
  /** Better techniques, and why they could not be used. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
  /** Nothing was executed: the plans are what the planner expects. */
  readonly estimated: boolean;
  /** Temporary tables that stood for the real ones; none where the real ones were read. */
  readonly copies: readonly Sampled[];
  /** What the indexes that are compared cost. */
  readonly prices: readonly Price[];
  /** The indexes that are compared, and their tables. */
  readonly indexes: readonly string[];
  /** Known ones that the statement stands on, or could, and that are not there. */
  readonly missing: readonly string[];
  readonly tables: readonly string[];
  /** All legs that could be compared gave the same rows. */
  readonly sameRows: boolean | null;
  /** The smallest of the gains, so that it may be asserted. */
  readonly speedup: number | null;
  readonly gains: readonly Gain[];
  /** For each reader which strategy won, where strategies are compared. */
  readonly contests: readonly Contest[];
  readonly legs: readonly Leg[];
  /** What the plans give away; of a comparison those with the indexes. */
  readonly hints: readonly Hint[];
  /** A read of the first leg's feed through all stores; null where none was asked for. */
  readonly path: ReadPath | null;
  /** The time limit of such a read, milliseconds, where it reached it; null otherwise. */
  readonly pathStoppedAfterMs: number | null;
}

/** A statement, for the reader whose feed it is if it is a feed. */
export interface Case extends Subject {
  readonly reader: Reader | null;
}

/** @param limitMs the time limit that the runs had */
export function legOf(
  name: string,
  { reader, statement }: Case,
  { plan, runsMs, timedOut }: Measured,
  limitMs: number,
): Leg {
  const { hit, read } = plan.buffers;
  return {
    name,
    user: reader?.username ?? null,
    profile: reader?.profile ?? null,
    followees: reader?.followees ?? null,
    statement: statement.name,
    sql: statement.text,
    medianMs: timedOut ? null : (plan.executionMs ?? null),
    runsMs,
    stoppedAfterMs: timedOut ? limitMs : null,
    buffers: { hit, read },
    nodeTypes: nodeTypes(plan),
    rowsRead: rowsRead(plan),
    plan,
  };
}
