import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../errors.js';
import type { ActivityEvent, Actor, EventType } from './event.js';

/** Events in the store are told apart by type, actor and time; an absent field asks for all. */
export interface ActivityFilter {
  readonly types?: readonly EventType[];
  readonly actorId?: string;
  /** ISO 8601 in UTC with microseconds; events from then on. */
  readonly since?: string;
}

/** A page along `(at, id)`. */
type Page =
  | { readonly order: 'newest'; readonly limit: number }
  | { readonly order: 'oldest'; readonly limit: number; readonly after?: ActivityEvent };

/** An event that this store will not take, whoever offers it and however often. */
export interface Rejection {
  readonly id: string;
  readonly reason: string;
}

export interface Arrival {
  readonly id: string;
  /** When the event reached the store, milliseconds since 1970, by the store's clock. */
  readonly arrivedMs: number;
}

export interface StoredEvent extends Arrival {
  readonly event: ActivityEvent;
}

export const BUCKETS = ['minute', 'hour', 'day'] as const;
export type Bucket = (typeof BUCKETS)[number];

export interface BucketCount {
  /** When the bucket begins, in UTC. */
  readonly at: string;
  readonly type: EventType;
  readonly count: number;
}

export interface ActorCount extends Actor {
  readonly count: number;
}

/** How long events are kept, by the time at which they happened. */
export interface ExpiringStore {
  /** Milliseconds; undefined: for ever. */
  ttlMs(): Promise<number | undefined>;
  /** @param ms whole seconds, as milliseconds; undefined: for ever */
  setTtl(ms: number | undefined): Promise<void>;
  /** How many events happened before a time, ISO 8601 in UTC with microseconds. */
  countBefore(at: string): Promise<number>;
  /**
   * Takes away what is older than that, where the store does not do so by itself.
   *
   * @returns how many events
   */
  expire(): Promise<number>;
}

/** Where the activity stream is kept. Both implementations pass the same contract tests. */
export interface ActivityStore extends ExpiringStore {
  readonly name: 'mongodb' | 'postgresql';
  /**
   * Puts in what is not there yet, by id, stamped with the store's time.
   *
   * @returns the events refused for what they are; all others are in the store, durably
   * @throws the driver's error when the store, not an event, is what is wrong
   */
  insert(events: readonly ActivityEvent[]): Promise<Rejection[]>;
  read(filter: ActivityFilter, page: Page): Promise<StoredEvent[]>;
  /** The store's time, milliseconds since 1970; what arrives now is stamped with it. */
  now(): Promise<number>;
  /** What arrived at `sinceMs` or later, in no order. */
  arrivals(filter: ActivityFilter, sinceMs: number): Promise<Arrival[]>;
  find(ids: readonly string[]): Promise<ActivityEvent[]>;
  /**
   * Calls `onArrival` when something has just arrived, until `signal`; not there where the store has no
   * way to tell.
   *
   * @throws the driver's error where the server does not offer it, or no longer does
   */
  announce?(onArrival: () => void, signal: AbortSignal): Promise<void>;
  /** Which of these ids are there. */
  known(ids: readonly string[]): Promise<string[]>;
  /** Takes events out; returns how many were there. */
  remove(ids: readonly string[]): Promise<number>;
  /** Counts by time and type, in the order of time; no row where there is nothing to count. */
  countBy(bucket: Bucket, filter: ActivityFilter): Promise<BucketCount[]>;
  /** Those who did most. */
  topActors(filter: ActivityFilter, limit: number): Promise<ActorCount[]>;
}

/** A batch that takes longer, in milliseconds, counts as failed; `--follow` relies on this bound. */
export const INSERT_MS = 5_000;

/** How long an insert may take before the store is asked whether it is there, milliseconds. */
const ASK_AFTER_MS = 1_000;
/** How long it may take to answer that, milliseconds. */
const ANSWER_MS = 1_250;

/**
 * Inserts, but waits no longer than `ms`, and no longer than a store is there: one that is frozen or
 * cut off does not even tell the time. What the store does with it later is no matter: the events are
 * offered again, and those that are there already change nothing.
 */
export async function insertWithin(
  ms: number,
  store: ActivityStore,
  events: readonly ActivityEvent[],
): Promise<Rejection[]> {
  const inserted = new AbortController();
  try {
    return await Promise.race([store.insert(events), lateness(ms, store, inserted.signal)]);
  } finally {
    inserted.abort();
  }
}

/** Fails when the time is up, or the store is gone. */
async function lateness(ms: number, store: ActivityStore, done: AbortSignal): Promise<never> {
  const wait = (waitMs: number) => sleep(waitMs, undefined, { signal: done }).catch(() => {});
  const end = performance.now() + ms;
  await wait(Math.min(ms, ASK_AFTER_MS));
  while (performance.now() < end && !done.aborted) {
    const answered = store.now().then(() => true);
    if (!(await Promise.race([answered, wait(ANSWER_MS)]))) break;
    await wait(Math.min(ASK_AFTER_MS, end - performance.now()));
  }
  throw new StoreError('activity-slow', 'the activity store did not answer in time');
}
