import type { Sql, Transaction } from '../../stores/postgres.js';
import type { Explainable } from '../explain.js';
import { readOnly, type SessionOptions, undone } from '../session.js';
import type { Sampled } from './temporary-copy.js';

/** An index that is compared. */
export interface Target {
  /** As the catalog names it; null where it is not there. */
  readonly oid: number | null;
  readonly name: string;
  readonly table: string;
  /** `CREATE INDEX … ON …`, identifiers quoted. */
  readonly definition: string;
}

export type SideName = 'without' | 'with';

/** The place where both sides of a comparison are played: one connection, one snapshot. */
export interface Stage {
  /** The temporary tables that stand for the real ones; none where the real ones are read. */
  readonly copies: readonly Sampled[];
  /** What plans here call some of the targets, and their names. */
  readonly aliases?: ReadonlyMap<string, string>;
  /**
   * Runs `work` where the planner sees the indexes, or does not.
   *
   * @param work given the statement as this side has to run it
   */
  play<T>(
    side: SideName,
    statement: Explainable,
    work: (transaction: Transaction, statement: Explainable) => Promise<T>,
  ): Promise<T>;
}

/** What is to be compared, and what may be done for it. */
export interface StageRequest {
  /** All of them are there, or none is. */
  readonly targets: readonly Target[];
  /** Whether other sessions may be made to wait. */
  readonly allowLock: boolean;
  readonly session: SessionOptions;
}

/**
 * One way to run statements with and without some indexes. All of them leave the catalog as it was,
 * whenever they are interrupted.
 */
export interface Technique {
  /** What `--technique` calls it. */
  readonly key: string;
  /** As the output names it. */
  readonly name: string;
  /** It only says what the planner expects: nothing is executed. */
  readonly estimates: boolean;
  /** Why it cannot be used on this server by this role, and what it would need; undefined if it can. */
  obstacle(sql: Sql, request: StageRequest): Promise<string | undefined>;
  /** Sets the stage, lets `work` play on it, and clears it away. */
  stage<T>(sql: Sql, request: StageRequest, work: (stage: Stage) => Promise<T>): Promise<T>;
}

/** The reason of those that can only take away what is there. */
export const NEEDS_PRESENT = 'which can only hide an index that is there';

export function allPresent({ targets }: StageRequest): boolean {
  return targets.every(({ oid }) => oid !== null);
}

/** A stage on which something is done to the catalog for the side without; it is undone at once. */
export function stageWithout(
  transaction: Transaction,
  takeAway: () => Promise<void>,
  copies: readonly Sampled[] = [],
): Stage {
  return {
    copies,
    play: (side, statement, work) =>
      undone(transaction, async () => {
        if (side === 'without') await takeAway();
        await readOnly(transaction);
        return work(transaction, statement);
      }),
  };
}
