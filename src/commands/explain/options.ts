import { UsageError } from '../../errors.js';
import type { Sql } from '../../stores/postgres.js';
import type { Context } from '../context.js';
import { checkWritable } from '../write-file.js';

/** What all of `explain` takes. */
export interface ExplainFlags {
  readonly runs?: number;
  readonly compareIndex?: string | true;
  /** The file to write a page to. */
  readonly html?: string;
  readonly technique?: string;
  readonly allowLock?: boolean;
  readonly assert?: readonly string[];
  readonly save?: string;
  readonly against?: string;
}

/** A plan is asked for because a statement is slow, so it may take longer than a command usually does. */
const PATIENCE_MS = 15_000;
const FEWEST_COMPARED_RUNS = 5;

/** For the server to say that a statement reached its limit, before the connection is given up. */
const GRACE_MS = 5_000;

/**
 * Runs an explanation with its time limit, its progress, and its end when it is interrupted.
 *
 * @throws UsageError when fewer runs are asked for than a median of a comparison needs, or a technique
 *   and nothing to compare
 */
export async function explaining<T>(
  { config, stores, screen, interrupted }: Context,
  { runs, compareIndex, technique, allowLock, html }: ExplainFlags,
  work: (
    sql: Sql,
    options: {
      limitMs: number;
      interrupted: AbortSignal;
      runs: number | undefined;
      compareIndex: string | true | undefined;
      technique: string | undefined;
      allowLock: boolean | undefined;
      onRun: (done: number, of: number) => void;
      onStep: (text: string) => void;
    },
  ) => Promise<T>,
): Promise<T> {
  if (compareIndex === undefined && (technique !== undefined || allowLock)) {
    throw new UsageError(
      'nothing-compared',
      '--technique and --allow-lock say how indexes are compared, and none is',
      'add --compare-index',
    );
  }
  if (compareIndex !== undefined && runs !== undefined && runs < FEWEST_COMPARED_RUNS) {
    throw new UsageError(
      'too-few-runs',
      `${runs} runs of each leg say too little`,
      `--runs ${FEWEST_COMPARED_RUNS} or more`,
    );
  }
  if (html !== undefined) await checkWritable(html);
  const limitMs = Math.max(config.timeoutMs, PATIENCE_MS);
  const progress = screen.progress('Measuring');
  try {
    return await work(stores.postgres(limitMs + GRACE_MS), {
      limitMs,
      interrupted,
      runs,
      compareIndex,
      technique,
      allowLock,
      onStep: (text) => progress.update(text),
      onRun: (done, of) => progress.update(`run ${done + 1} of ${of}`),
    });
  } finally {
    progress.stop();
  }
}
