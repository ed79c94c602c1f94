import { InterruptedError } from '../errors.js';
import type { Sql } from '../stores/postgres.js';
import type { ActivityStore } from './store.js';
import { verifyEvents } from './verify-events.js';
import { verifyRows } from './verify-rows.js';

/** What one check found; the same form for every check of `socialdb verify`. */
export interface ActivityCheck {
  /** `activity-posts`: posts without their event; `activity-events`: events of what is not there. */
  readonly name: string;
  readonly checked: number;
  readonly wrong: number;
  /** How many of the wrong are right now; 0 without `repair`. */
  readonly repaired: number;
}

export interface VerifyActivityOptions {
  /** Writes what is missing. */
  readonly repair?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told the check at work, and how many rows or events it has seen. */
  readonly onProgress?: ((progress: { step: string; rows: number }) => void) | undefined;
}

/** Each kind of row, by the source of `activity_source()`, in the order in which they are checked. */
const SOURCES: readonly [source: string, name: string][] = [
  ['users', 'activity-users'],
  ['followers', 'activity-follows'],
  ['posts', 'activity-posts'],
  ['comments', 'activity-comments'],
  ['likes', 'activity-likes'],
];

/**
 * Compares the activity stream with the source of truth: every row has its event, in the store or on
 * its way there, and every event of a creation has its row, or an event that tells of its end. Goes
 * by batches along keys, so writers never wait and memory does not grow; what is written meanwhile is
 * not held against anybody.
 *
 * `repair` writes the events that are missing: those of rows, whose ids follow from the rows, and,
 * dated now, the ends of what is gone without a word.
 *
 * @param sql with a bound on one statement that suits a batch of 1,000 rows
 * @throws InterruptedError when `signal` is aborted; the driver's error when a store fails
 */
export async function verifyActivity(
  sql: Sql,
  store: ActivityStore,
  { repair = false, signal, onProgress = () => {} }: VerifyActivityOptions = {},
): Promise<ActivityCheck[]> {
  const checks: ActivityCheck[] = [];
  const progressOf = (step: string) => (rows: number) => {
    if (signal?.aborted) throw new InterruptedError();
    onProgress({ step, rows });
  };
  for (const [source, name] of SOURCES) {
    const found = await verifyRows(sql, store, source, { repair, onBatch: progressOf(source) });
    checks.push({ name, ...found });
  }
  const events = await verifyEvents(sql, store, { repair, signal, onBatch: progressOf('events') });
  return [...checks, { name: 'activity-events', ...events }];
}
