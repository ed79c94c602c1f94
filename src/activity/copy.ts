import { InterruptedError } from '../errors.js';
import type { ActivityEvent } from './event.js';
import { cutoffOf } from './since.js';
import { type ActivityStore, INSERT_MS, insertWithin, type Rejection } from './store.js';
import { history, OVERLAP_MS } from './tail.js';

export interface Copied {
  /** Events of the origin, but for those that have expired by the target's measure. */
  readonly events: number;
  /** How many of them the target did not have. */
  readonly copied: number;
  /** How many of them the target was asked for, and has. */
  readonly there: number;
  /** What the target would not take. */
  readonly refused: readonly Rejection[];
}

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { rows: number }) => void) | undefined;
  /** Told the ids of each batch that the target has. */
  readonly onThere?: ((ids: readonly string[]) => Promise<void>) | undefined;
}

const PAGE = 1_000;

/**
 * Brings all events of one activity store into another, by id: what is there already changes nothing,
 * so a copy that was killed, or done before, is simply done again. Takes along what arrives meanwhile.
 *
 * @throws InterruptedError when `signal` is aborted; the driver's error when a store fails
 */
export async function copyActivity(
  origin: ActivityStore,
  target: ActivityStore,
  { signal, onProgress = () => {}, onThere = async () => {} }: CopyOptions = {},
): Promise<Copied> {
  const ttlMs = await target.ttlMs();
  const cutoff = ttlMs === undefined ? '' : cutoffOf(await target.now(), ttlMs);
  const refused: Rejection[] = [];
  let [events, copied, there] = [0, 0, 0];
  for await (const page of pagesOf(origin, target)) {
    if (signal?.aborted) throw new InterruptedError('the same command goes on from here');
    const alive = page.filter(({ at }) => at >= cutoff);
    const missing = await missingIn(target, alive);
    if (missing.length > 0) refused.push(...(await insertWithin(INSERT_MS, target, missing)));
    const absent = new Set((await missingIn(target, missing)).map(({ id }) => id));
    const arrived = alive.filter(({ id }) => !absent.has(id)).map(({ id }) => id);
    await onThere(arrived);
    events += alive.length;
    copied += missing.length - absent.size;
    there += arrived.length;
    onProgress({ rows: events });
  }
  return { events, copied, there, refused };
}

/** All events in the order of time, then those that arrived meanwhile. */
async function* pagesOf(
  origin: ActivityStore,
  target: ActivityStore,
): AsyncGenerator<ActivityEvent[]> {
  const from = (await origin.now()) - OVERLAP_MS;
  const known = new Set((await origin.arrivals({}, from)).map(({ id }) => id));
  for await (const page of history(origin, {}, undefined)) yield page.map(({ event }) => event);
  const late = (await origin.arrivals({}, from)).filter(({ id }) => !known.has(id));
  for (let start = 0; start < late.length; start += PAGE) {
    const events = await origin.find(late.slice(start, start + PAGE).map(({ id }) => id));
    // Most of them came by in their place.
    yield await missingIn(target, events);
  }
}

async function missingIn(
  store: ActivityStore,
  events: readonly ActivityEvent[],
): Promise<ActivityEvent[]> {
  if (events.length === 0) return [];
  const there = new Set(await store.known(events.map(({ id }) => id)));
  return events.filter(({ id }) => !there.has(id));
}

/** Whether a store holds events that another one, which took its place, has not got. */
export async function isLeftBehind(origin: ActivityStore, now: ActivityStore): Promise<boolean> {
  const newest = await origin.read({}, { order: 'newest', limit: 1 });
  return (
    (
      await missingIn(
        now,
        newest.map(({ event }) => event),
      )
    ).length > 0
  );
}
