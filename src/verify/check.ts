import { InterruptedError } from '../errors.js';
import type { Sql } from '../stores/postgres.js';

/** One value that is, or was, not what it should be. */
export interface Drift {
  readonly table: string;
  /** What the row is known by: `alice`, or its key. */
  readonly row: string;
  /** The counter; null where the whole row is wrong. */
  readonly column: string | null;
  readonly found: number | null;
  /** What it should be; null: the row should not be there. */
  readonly right: number | null;
  /** The row as it was, where it should not be there. */
  readonly was?: Readonly<Record<string, unknown>>;
}

/** What one check found. */
export interface Verified {
  readonly name: string;
  /** Rows that were looked at. */
  readonly checked: number;
  /** Rows that are, or before the repair were, wrong. */
  readonly wrong: number;
  readonly repaired: number;
  /** Some of what is wrong, or was repaired. */
  readonly sample?: readonly Drift[];
  /** Why nothing was looked at. */
  readonly skipped?: string;
}

export interface VerifyOptions {
  /** Makes right what is wrong. */
  readonly repair: boolean;
  /** Rows in one statement, at most. */
  readonly batchSize?: number | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal?: AbortSignal | undefined;
  /** Told the table at work, its rows so far and the part of it that is done. */
  readonly onProgress?: (progress: {
    step: string;
    rows: number;
    share?: number | undefined;
  }) => void;
}

/** Drifts that a check keeps to show; millions would be of no use to anybody. */
const SAMPLE = 1_000;

/** Adds up what the batches of a check find. */
export class Tally {
  checked = 0;
  wrong = 0;
  repaired = 0;
  private readonly sample: Drift[] = [];

  note(drifts: readonly Drift[]): void {
    this.sample.push(...drifts.slice(0, SAMPLE - this.sample.length));
  }

  verified(name: string): Verified {
    const { checked, wrong, repaired, sample } = this;
    return { name, checked, wrong, repaired, sample };
  }
}

/**
 * Walks along a table's rows in batches, telling how far it is.
 *
 * @param next looks at the rows behind `after` (all where it is undefined), and tells how many there
 *   were and the last one's key; undefined when there are no more
 * @throws InterruptedError between two batches, when the signal is aborted
 */
export async function walk<Key>(
  sql: Sql,
  table: string,
  { signal, onProgress = () => {} }: VerifyOptions,
  next: (after: Key | undefined) => Promise<{ rows: number; last: Key } | undefined>,
): Promise<void> {
  const [estimate] = await sql<{ rows: number }[]>`
    SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = to_regclass(${table})`;
  const expected = estimate?.rows ?? 0;
  let rows = 0;
  let after: Key | undefined;
  onProgress({ step: table, rows });
  for (;;) {
    if (signal?.aborted) throw new InterruptedError('what was repaired so far stays repaired');
    const batch = await next(after);
    if (!batch) return;
    rows += batch.rows;
    after = batch.last;
    onProgress({ step: table, rows, share: expected > rows ? rows / expected : undefined });
  }
}
