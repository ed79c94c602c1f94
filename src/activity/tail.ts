import { hangBell } from './bell.js';
import type { ActivityEvent } from './event.js';
import { type ActivityFilter, type ActivityStore, INSERT_MS, type StoredEvent } from './store.js';

const PAGE = 1_000;

/**
 * The stream so far, oldest first, in pages, so that its length does not matter.
 *
 * @param lines the newest so many events only; undefined: all that match
 */
export async function* history(
  store: ActivityStore,
  filter: ActivityFilter,
  lines: number | undefined,
): AsyncGenerator<StoredEvent[]> {
  if (lines !== undefined) {
    const newest = lines > 0 ? await store.read(filter, { order: 'newest', limit: lines }) : [];
    yield newest.reverse();
    return;
  }
  let after: ActivityEvent | undefined;
  do {
    const page = await store.read(filter, {
      order: 'oldest',
      limit: PAGE,
      ...(after && { after }),
    });
    yield page;
    after = page.length === PAGE ? page.at(-1)?.event : undefined;
  } while (after);
}

// An event becomes visible at most INSERT_MS after the time it is stamped with. Twice as much leaves
// room for a store that carries out late what the relay has given up waiting for.
export const OVERLAP_MS = 2 * INSERT_MS;

/** Ids remembered before the oldest are forgotten. */
const MOST_SEEN = 100_000;

interface FollowOptions {
  readonly lines: number | undefined;
  readonly signal: AbortSignal;
  /** Told when a look fails; it is done again, unless this throws. */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds between two looks at a store that does not tell of arrivals. */
  readonly pollMs?: number;
}

/**
 * The stream so far, then each event once as it reaches the store, until `signal`: at once where the
 * store tells (MongoDB's change streams), else when it is looked at next.
 *
 * Not by the time of the events, which may be hours old when they arrive (a store that was down, a
 * long transaction), but by their arrival. Several relays at once make arrivals visible out of order,
 * so each look goes back a little behind the one before, and the ids seen in that stretch are
 * remembered.
 */
export async function* follow(
  store: ActivityStore,
  filter: ActivityFilter,
  { lines, signal, onFailure, pollMs = 500 }: FollowOptions,
): AsyncGenerator<ActivityEvent[]> {
  const seen = new Map<string, number>();
  const bell = hangBell(store, signal);
  let looked = await store.now();
  let from = looked - OVERLAP_MS;
  // What is there now is history, also where the history shown does not go back that far.
  for (const { id, arrivedMs } of await store.arrivals(filter, from)) seen.set(id, arrivedMs);
  for await (const page of history(store, filter, lines)) {
    for (const { id, arrivedMs } of page) if (arrivedMs >= from) seen.set(id, arrivedMs);
    yield page.map(({ event }) => event);
  }
  while (!signal.aborted) {
    await bell.wait(pollMs);
    try {
      const now = await store.now();
      // The earlier of the two: a clock that is set meanwhile, either way, hides nothing.
      from = Math.min(looked, now) - OVERLAP_MS;
      const arrived = (await store.arrivals(filter, from)).filter(({ id }) => !seen.has(id));
      looked = now;
      for (let start = 0; start < arrived.length; start += PAGE) {
        const page = arrived.slice(start, start + PAGE);
        const events = await store.find(page.map(({ id }) => id));
        for (const { id, arrivedMs } of page) seen.set(id, arrivedMs);
        yield events.sort(byTime);
      }
      if (seen.size > MOST_SEEN) forget(seen, from);
    } catch (error) {
      onFailure(error);
    }
  }
}

function forget(seen: Map<string, number>, before: number): void {
  for (const [id, arrivedMs] of seen) if (arrivedMs < before) seen.delete(id);
}

function byTime(a: ActivityEvent, b: ActivityEvent): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
