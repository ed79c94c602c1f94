import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, Transaction } from './postgres.js';
import { isLost, isSilence, LostWrite } from './postgres-failure.js';

export interface CommitOptions {
  /** What follows BEGIN. */
  readonly mode?: string;
  /** The command that tells whether the write was done, for the case that we cannot. */
  readonly check: string;
  /** Whether to begin again when the connection was lost before anything was committed. */
  readonly again?: boolean;
}

/** How long a write may try again, or ask what became of it, milliseconds. */
const PATIENCE_MS = 2_000;
/** The same after a silence, which has used up the time already. */
const LAST_PATIENCE_MS = 400;

/**
 * Runs a write in one transaction, and knows what became of it. A connection that dies before COMMIT
 * was sent has committed nothing, and the write is done again. One that dies in COMMIT leaves that
 * open: then the transaction's number, read beforehand, tells
 * (https://www.postgresql.org/docs/current/functions-info.html, pg_xact_status).
 *
 * @param work gets the transaction; may run more than once, but is committed at most once
 * @throws LostWrite when the connection was lost and nothing is committed, or nobody can tell;
 *   the driver's error when there was none; what `work` throws
 */
export async function commit<T>(
  sql: Sql,
  { mode = '', check, again = true }: CommitOptions,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let begun = false;
  for (let pause = 25; ; pause *= 2) {
    const attempt: { done?: Done<T> } = {};
    try {
      await sql.begin(mode, async (transaction) => {
        begun = true;
        const marked = readMark(transaction);
        marked.catch(() => {});
        const result = await work(transaction);
        attempt.done = { result, mark: await marked, at: performance.now() };
      });
      return (attempt.done as Done<T>).result;
    } catch (error) {
      if (!isLost(error) || !begun) throw error;
      const { done } = attempt;
      const outcome = done ? await outcomeOf(sql, done, error) : 'aborted';
      if (done && outcome === 'committed') return done.result;
      if (outcome !== 'aborted') throw new LostWrite(check, error);
      const late = performance.now() + pause > started + PATIENCE_MS;
      if (!again || late || isSilence(error)) throw new LostWrite(undefined, error);
      await sleep(pause);
    }
  }
}

/** A transaction that was ready to be committed. */
interface Done<T> {
  readonly result: T;
  readonly mark: Mark;
  /** When COMMIT was sent, as performance.now() says. */
  readonly at: number;
}

interface Mark {
  readonly xid: string;
  /** Changes when the server loses what it had not yet written, numbers of transactions included. */
  readonly epoch: string | null;
}

/**
 * What to recognise the transaction by. A number that was given out shortly before a crash may be
 * given out again, so it counts only until then: a crash discards the statistics.
 */
async function readMark(transaction: Transaction): Promise<Mark> {
  const [mark] = await transaction<Mark[]>`
    SELECT pg_current_xact_id()::text AS xid,
           (SELECT stats_reset::text FROM pg_stat_bgwriter) AS epoch`;
  if (!mark) throw new Error('a select without FROM gave no row');
  return mark;
}

type Outcome = 'committed' | 'aborted' | 'in progress' | null;

/** Asks what became of a transaction until there is an answer, or the time is up. */
async function outcomeOf(sql: Sql, { mark, at }: Done<unknown>, why: unknown): Promise<Outcome> {
  const end = isSilence(why) ? performance.now() + LAST_PATIENCE_MS : at + PATIENCE_MS;
  const timeUp = sleep(end - performance.now(), 'time is up' as const, { ref: false });
  for (let pause = 10; performance.now() < end; pause *= 2) {
    const outcome = await Promise.race([askOutcome(sql, mark), timeUp]);
    if (outcome === 'time is up') break;
    if (outcome === 'committed' || outcome === 'aborted') return outcome;
    // Not back yet, or it has not noticed that its client is gone.
    await Promise.race([sleep(pause), timeUp]);
  }
  return null;
}

async function askOutcome(sql: Sql, { xid, epoch }: Mark): Promise<Outcome> {
  try {
    const [row] = await sql<{ outcome: Outcome }[]>`
      SELECT pg_xact_status(${xid}::xid8) AS outcome
       WHERE ${epoch}::text IS NOT DISTINCT FROM (SELECT stats_reset::text FROM pg_stat_bgwriter)`;
    return row?.outcome ?? null;
  } catch {
    return null;
  }
}
