import type { ActivityStore } from '../activity/store.js';

/** What a source said last, and what is wrong with it now; both null until it has answered. */
export interface Reading<T> {
  readonly data: T | null;
  /** One line: why there is nothing newer; null while all is well. */
  readonly trouble: string | null;
}

/** Figures per second are null until two samples can be compared, and after a reset of the counters. */
export interface Requests {
  readonly transactionsPerSecond: number | null;
  readonly rolledBackPerSecond: number | null;
  /** Null where pg_stat_statements does not count them. */
  readonly statementsPerSecond: number | null;
  readonly connections: number;
  readonly maxConnections: number;
  readonly active: number;
  /** Of the pages that were asked for in the interval, those found in shared buffers. */
  readonly bufferHitRatio: number | null;
}

export interface SlowStatement {
  readonly query: string;
  /** Null where the statement runs now, and nobody counts. */
  readonly callsPerSecond: number | null;
  readonly meanMs: number | null;
  /** Milliseconds of execution in each second; 1000 is one core's worth. */
  readonly loadMs: number | null;
  /** How long it has been running; null where it is counted. */
  readonly runningMs: number | null;
}

export interface SlowStatements {
  readonly source: 'pg_stat_statements' | 'pg_stat_activity';
  readonly statements: readonly SlowStatement[];
}

/** A session that waits for a lock. */
export interface LockWait {
  readonly pid: number;
  readonly waitingMs: number;
  /** `row`, or the table and the mode that is asked for. */
  readonly lock: string;
  readonly query: string;
  readonly blockedBy: readonly { readonly pid: number; readonly doing: string }[];
}

export interface IndexUse {
  readonly index: string;
  readonly table: string;
  readonly scansPerSecond: number | null;
  readonly scans: number;
  readonly sizeBytes: number;
}

export interface OutboxState {
  readonly waiting: number;
  readonly setAside: number;
  /** Age of the oldest event that waits; null where none does. */
  readonly oldestMs: number | null;
}

export interface CacheUse {
  /** Of the feeds read in the interval, those from the cache; null where none was read. */
  readonly hitRatio: number | null;
  readonly readsPerSecond: number | null;
  /** Since the counters were cleared. */
  readonly totalHitRatio: number | null;
  readonly commandsPerSecond: number;
  readonly memoryBytes: number;
}

export interface ActivityRate {
  readonly store: ActivityStore['name'];
  /** Events of each of the last minutes, the present one last. */
  readonly perMinute: readonly number[];
}

/** All that the screen shows; for programs one line of JSON. */
export interface Snapshot {
  /** ISO 8601 */
  readonly at: string;
  readonly requests: Reading<Requests>;
  readonly statements: Reading<SlowStatements>;
  readonly locks: Reading<readonly LockWait[]>;
  readonly indexes: Reading<readonly IndexUse[]>;
  readonly outbox: Reading<OutboxState>;
  readonly cache: Reading<CacheUse>;
  readonly activity: Reading<ActivityRate>;
}
