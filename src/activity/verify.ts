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
  /** Told the check at work, how many rows or events it has seen, and about which part that is. */
  readonly onProgress?:
    | ((progress: { step: string; rows: number; share?: number | undefined }) => void)
    | undefined;
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
 * its way there, and every event of a creation has its row, or an event that tells of its end, and is
 * told once. Goes by batches along keys, so writers never wait and memory does not grow; what is
 * written meanwhile is not held against anybody.
 *
 * `repair` writes the events that are missing: those of rows, whose ids follow from the rows, and,
 * dated now, the ends of what is gone without a word. What is told twice it takes out.
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
  const estimates = await estimateRows(sql);
  const progressOf =
    (step: string, all = estimates.get(step) ?? 0) =>
    (rows: number) => {
      if (signal?.aborted) throw new InterruptedError();
      onProgress({ step, rows, share: all > 0 ? rows / all : undefined });
    };
  for (const [source, name] of SOURCES) {
    const found = await verifyRows(sql, store, source, { repair, onBatch: progressOf(source) });
    checks.push({ name, ...found });
  }
  // About as many events as rows, where little has come to its end.
  const rows = checks.reduce((sum, { checked }) => sum + checked, 0);
  const onBatch = progressOf('events', rows);
  const events = await verifyEvents(sql, store, { repair, signal, onBatch });
  return [...checks, { name: 'activity-events', ...events }];
}

/** How many rows each source has, as the last ANALYZE saw it; -1 where there was none. */
async function estimateRows(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql<{ source: string; estimate: number }[]>`
    SELECT relname AS source, reltuples::float8 AS estimate FROM pg_class
     WHERE oid IN ('users'::regclass, 'followers'::regclass, 'posts'::regclass,
                   'comments'::regclass, 'likes'::regclass)`;
  return new Map(rows.map(({ source, estimate }) => [source, estimate]));
}
