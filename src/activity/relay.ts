import type { Sql } from '../stores/postgres.js';
import { backfillBatch } from './backfill.js';
import type { ActivityEvent } from './event.js';
import {
  type Backlog,
  keepEvents,
  postponeEvents,
  readBacklog,
  removeEvents,
  takeEvents,
} from './outbox.js';
import { isDataError, moveOutbox } from './postgres-store.js';
import { type ActivityStore, INSERT_MS, insertWithin } from './store.js';

/**
 * Called when the store has the events, before the outbox forgets them; may see an event again. False
 * keeps them in the outbox for another try.
 */
export type BeforeDelete = (events: readonly ActivityEvent[]) => Promise<boolean>;

export interface RelayOptions {
  /** No batch is begun after this many milliseconds; without it the relay goes on to the end. */
  readonly budgetMs?: number;
  /** How long the store may take for one batch, milliseconds. */
  readonly insertMs?: number;
  /** Batches at once: while one waits for the store, the next is read. */
  readonly lanes?: number;
  /** Events in a batch, at most. */
  readonly batchSize?: number;
  readonly beforeDelete?: BeforeDelete;
  /** Told how many events of a batch the store took, and the outbox forgot. */
  readonly onBatch?: (events: number) => void;
  readonly signal?: AbortSignal;
}

const BATCH_SIZE = 1_000;
const LANES = 4;

/**
 * Carries events from the outbox, then those of bulk loads, to the activity store, until nothing is
 * left that nobody else is carrying; then what has expired goes. Any number of relays may run at once.
 *
 * Each event reaches the store once: it leaves the outbox in the transaction that locked it, after
 * the store acknowledged it, and a second delivery finds its id taken. No cursor over a sequence is
 * kept, since events become visible in another order than they were numbered.
 *
 * @returns how many events the store took, and what is left
 * @throws the driver's error when one of the two stores fails; what was not delivered stays
 */
export async function relayOnce(
  sql: Sql,
  store: ActivityStore,
  options: RelayOptions = {},
): Promise<{ relayed: number } & Backlog> {
  const relayed = await drain(sql, store, options);
  if (!options.signal?.aborted) await store.expire();
  return { relayed, ...(await readBacklog(sql)) };
}

/** {@link relayOnce} without a look at what is left, or at what has expired. */
export async function drain(
  sql: Sql,
  store: ActivityStore,
  options: RelayOptions,
): Promise<number> {
  const { batchSize = BATCH_SIZE, lanes = LANES, onBatch, signal } = options;
  const end = performance.now() + (options.budgetMs ?? Number.POSITIVE_INFINITY);
  let relayed = 0;
  const count = (events: number) => {
    if (events === 0) return;
    relayed += events;
    onBatch?.(events);
  };
  const step = async () => {
    const { taken, delivered } = await relayBatch(sql, store, batchSize, options);
    count(delivered);
    // A full batch: there may be more, and what happens now comes before what was loaded.
    if (taken === batchSize) return true;
    const carried = await backfillBatch(sql, store, batchSize);
    count(carried ?? 0);
    return carried !== undefined;
  };
  const lane = async () => {
    while (performance.now() < end && !signal?.aborted && (await step()));
  };
  // The other lanes cost connections: they open where one batch is not all.
  if (await step()) await together(Array.from({ length: lanes }, lane));
  return relayed;
}

/** Waits for all, then throws what the first to fail threw: none goes on behind the caller's back. */
async function together(work: Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

interface Batch {
  readonly taken: number;
  /** Less than taken where the store refused some; those that are kept count when they go. */
  readonly delivered: number;
}

async function relayBatch(
  sql: Sql,
  store: ActivityStore,
  limit: number,
  options: RelayOptions,
): Promise<Batch> {
  if (store.name === 'mongodb') return carryBatch(sql, store, limit, options);
  try {
    return await sql.begin(async (transaction) => {
      const events = await moveOutbox(transaction, limit);
      if (events.length > 0 && !(await mayDelete(events, options))) throw new Kept();
      return { taken: events.length, delivered: events.length };
    });
  } catch (error) {
    if (!isDataError(error) && !(error instanceof Kept)) throw error;
    // One of them is refused, or they are to be kept: done apart, the others go on.
    return carryBatch(sql, store, limit, options);
  }
}

async function carryBatch(
  sql: Sql,
  store: ActivityStore,
  limit: number,
  options: RelayOptions,
): Promise<Batch> {
  return sql.begin(async (transaction) => {
    const rows = await takeEvents(transaction, limit);
    if (rows.length === 0) return { taken: 0, delivered: 0 };
    const events = rows.map(({ id, event }) => ({ ...event, id }));
    const rejections = await insertWithin(options.insertMs ?? INSERT_MS, store, events);
    const refused = new Set(rejections.map(({ id }) => id));
    const delivered = events.filter(({ id }) => !refused.has(id));
    if (refused.size > 0) await postponeEvents(transaction, rejections);
    const ids = delivered.map(({ id }) => id);
    const done = await mayDelete(delivered, options);
    if (done) await removeEvents(transaction, ids);
    else await keepEvents(transaction, ids);
    return { taken: events.length, delivered: done ? delivered.length : 0 };
  });
}

/** Undoes a move of events that have to stay in the outbox. */
class Kept extends Error {}

async function mayDelete(
  events: readonly ActivityEvent[],
  { beforeDelete }: RelayOptions,
): Promise<boolean> {
  return events.length === 0 || beforeDelete === undefined || beforeDelete(events);
}
