import { InterruptedError } from '../errors.js';
import { commit } from './commit.js';
import type { Sql, Transaction } from './postgres.js';

/** How long a transaction that failed may take to roll back before its connection is given up, ms. */
const ROLLBACK_MS = 3_000;
const CANCEL_EVERY_MS = 250;

export interface LongTransactionOptions {
  /** Aborted by Ctrl-C. */
  readonly interrupted?: AbortSignal | undefined;
  /** What follows BEGIN: `isolation level repeatable read read only`. */
  readonly mode?: string;
  /** For one that writes: the command that tells whether it was done ({@link commit}). */
  readonly check?: string;
}

/**
 * Runs a transaction without a bound on its time, which Ctrl-C ends whatever its backend is doing.
 *
 * @param work gets the transaction and a signal, which Ctrl-C aborts with an InterruptedError
 * @throws InterruptedError on Ctrl-C, when nothing was changed; what `work` throws
 */
export async function longTransaction<T>(
  sql: Sql,
  { interrupted, mode = '', check }: LongTransactionOptions,
  work: (transaction: Transaction, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const interrupt = () => stop.abort(new InterruptedError('nothing was changed'));
  if (interrupted?.aborted) interrupt();
  interrupted?.addEventListener('abort', interrupt);
  let committing = false;
  let giveUp: (reason: unknown) => void = () => {};
  // A server that is frozen never answers the ROLLBACK; the user hears of the error all the same, and
  // the server rolls back when it finds the connection closed.
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = (reason) => {
      if (!committing) setTimeout(reject, ROLLBACK_MS, reason).unref();
    };
  });
  stop.signal.addEventListener('abort', () => giveUp(stop.signal.reason));
  const run = async (transaction: Transaction) => {
    const release = await cancelOnAbort(sql, transaction, stop.signal);
    try {
      // Large files take as long as they take; silence is bounded by the pool.
      await transaction`SET LOCAL statement_timeout = 0`;
      const result = await work(transaction, stop.signal);
      stop.signal.throwIfAborted();
      committing = true;
      return result;
    } catch (error) {
      const reason = stop.signal.aborted ? stop.signal.reason : error;
      giveUp(reason);
      throw reason;
    } finally {
      release();
    }
  };
  const begun =
    check === undefined ? sql.begin(mode, run) : commit(sql, { mode, check, again: false }, run);
  try {
    return (await Promise.race([begun, givenUp])) as T;
  } finally {
    interrupted?.removeEventListener('abort', interrupt);
  }
}

/** For joins of whole tables and indexes that are built at once; ends with the transaction. */
export async function giveRoom(transaction: Transaction): Promise<void> {
  await transaction`
    SELECT set_config('work_mem', '64MB', true), set_config('maintenance_work_mem', '256MB', true)`;
}

/** Ends what the backend is doing, again and again, until the work has noticed. */
async function cancelOnAbort(
  sql: Sql,
  transaction: Transaction,
  signal: AbortSignal,
): Promise<() => void> {
  const [backend] = await transaction<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    sql`SELECT pg_cancel_backend(${backend?.pid ?? 0})`.catch(() => {});
  };
  const onAbort = () => {
    cancel();
    timer = setInterval(cancel, CANCEL_EVERY_MS);
  };
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  return () => {
    signal.removeEventListener('abort', onAbort);
    clearInterval(timer);
  };
}
