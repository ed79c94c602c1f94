import type { Sql, Transaction } from '../../stores/postgres.js';
import type { SessionOptions } from '../session.js';

/** An index of this database, as the catalog names it. */
export interface Target {
  readonly oid: number;
  readonly name: string;
  readonly table: string;
}

/** The place where both legs of a comparison run: one connection, one snapshot. */
export interface Stage {
  /** Runs `work` with the indexes as they are. */
  withIndexes<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Runs `work` where the planner does not see the indexes. */
  withoutIndexes<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
}

/**
 * One way to run a statement with and without some indexes. All of them leave the catalog as it was,
 * whenever they are interrupted.
 */
export interface Technique {
  /** As the output names it. */
  readonly name: string;
  /** Why it cannot be used on this server by this role, and what it would need; undefined if it can. */
  obstacle(sql: Sql): Promise<string | undefined>;
  /** Sets the stage, lets `work` play on it, and clears it away. */
  stage<T>(
    sql: Sql,
    targets: readonly Target[],
    options: SessionOptions,
    work: (stage: Stage) => Promise<T>,
  ): Promise<T>;
}
