import type { Queryable, Transaction } from '../stores/postgres.js';
import type { ActivityEvent } from './event.js';
import type { Rejection } from './store.js';

interface OutboxRow {
  readonly id: string;
  readonly event: ActivityEvent;
}

export interface Backlog {
  /** Events on their way, those that wait for another try included. */
  readonly remaining: number;
  /** When the oldest of them was written; null where there is none. */
  readonly oldestAt: string | null;
  /** Events that the store refused again and again; they wait for a person. */
  readonly setAside: number;
  /** When the oldest of these was written; null where there is none. */
  readonly setAsideOldestAt: string | null;
  /** What the store said of an event that it refused, one set aside first; null where it refused none. */
  readonly lastError: string | null;
  /** What a bulk load left to be carried over: names of tables. */
  readonly backfill: string[];
}

const MAX_ATTEMPTS = 5;

/** Locks the oldest events that nobody else is carrying. */
export function takeEvents(transaction: Transaction, limit: number): Promise<OutboxRow[]> {
  return transaction<OutboxRow[]>`
    SELECT id, event FROM outbox
     WHERE retry_at <= now()
     ORDER BY retry_at, created_at LIMIT ${limit}
       FOR UPDATE SKIP LOCKED`;
}

/** Deletes what was delivered. */
export async function removeEvents(transaction: Transaction, ids: readonly string[]) {
  await transaction`DELETE FROM outbox WHERE id = ANY (${`{${ids.join(',')}}`}::uuid[])`;
}

/** Leaves what was delivered in the outbox, to be offered once more in a few seconds. */
export async function keepEvents(transaction: Transaction, ids: readonly string[]) {
  await transaction`
    UPDATE outbox SET retry_at = now() + interval '5 s'
     WHERE id = ANY (${`{${ids.join(',')}}`}::uuid[])`;
}

/**
 * Notes a refusal: the next try is in 2, 8, 32, then 128 seconds; after the fifth the event is set
 * aside until somebody asks for it ({@link retryEvents}).
 */
export async function postponeEvents(sql: Queryable, rejections: readonly Rejection[]) {
  await sql`
    UPDATE outbox
       SET attempts = attempts + 1,
           error = left(refused.reason, 1000),
           retry_at = CASE WHEN attempts + 1 < ${MAX_ATTEMPTS}::int
                           THEN now() + 2 * 4 ^ attempts * interval '1 s'
                           ELSE 'infinity' END
      FROM jsonb_to_recordset(${sql.json(rejections as never)}) AS refused (id uuid, reason text)
     WHERE outbox.id = refused.id`;
}

/**
 * Lets the relay try again, at once, what it set aside or postponed.
 *
 * @returns how many events
 */
export async function retryEvents(sql: Queryable): Promise<number> {
  const { count } = await sql`
    UPDATE outbox SET attempts = 0, retry_at = '-infinity' WHERE attempts > 0`;
  return count;
}

/** What is still to be carried to the activity store. */
export async function readBacklog(sql: Queryable): Promise<Backlog> {
  const [backlog] = await sql<[Backlog]>`
    SELECT count(*) FILTER (WHERE retry_at < 'infinity') AS remaining,
           min(created_at) FILTER (WHERE retry_at < 'infinity') AS "oldestAt",
           count(*) FILTER (WHERE retry_at = 'infinity') AS "setAside",
           min(created_at) FILTER (WHERE retry_at = 'infinity') AS "setAsideOldestAt",
           (SELECT error FROM outbox WHERE error IS NOT NULL
             ORDER BY retry_at DESC, created_at DESC LIMIT 1) AS "lastError",
           (SELECT coalesce(jsonb_agg(DISTINCT source), '[]') FROM activity_backfill) AS backfill
      FROM outbox`;
  return backlog;
}
