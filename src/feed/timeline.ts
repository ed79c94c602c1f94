import { setTimeout } from 'node:timers/promises';
import type { Post } from '../social/posts.js';
import { type Miss, readTimeline, timelineKey } from './proof.js';
import { formatTimeline, joined } from './timeline-text.js';
import { newToken, readVersions, type TimelineCache, versionKeys } from './versions.js';

/** Posts that a timeline holds: the first page. */
export const TIMELINE_POSTS = 20;
/**
 * Readers of more are not cached: a hit, which reads a version for each followee, has to take less than
 * half of the page's computation. With 2M posts, medians of five readers: 0.31 ms against 0.95 at 80
 * followees, 0.38 against 0.61 at 130, 0.50 against 0.54 at 200, where the probe computes it.
 */
export const MAX_FOLLOWEES = 120;
const FILL_LOCK_MS = 3_000;
/**
 * How long those who lost the fill lock wait for the page before they compute it themselves: longer than
 * a database takes that is slow for being overloaded, which is when a stampede would do most harm.
 */
const PAUSES_MS = [5, 10, 20, 40, 80, 160, 320, 640];

/** A page, and whose posts it was computed from. */
interface ComputedPage {
  readonly followees: readonly string[];
  readonly posts: Post[];
}

/** What a timeline is filled from: the source of truth. */
export interface FeedSource {
  /** In an order that depends on who they are alone. */
  followees(): Promise<string[]>;
  /** Computes the page, on the primary, in a snapshot of its own. */
  compute(): Promise<Post[]>;
  /** The page and the followees as one snapshot has them, in the same order. */
  computeWithFollowees(): Promise<ComputedPage>;
}

/** Time, which a simulation makes its own. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  pause(ms: number): Promise<void>;
}

const realClock: Clock = { now: Date.now, pause: (ms) => setTimeout(ms) };

export interface ReadThroughOptions {
  /** Lifetime of a timeline, milliseconds. */
  readonly ttlMs: number;
  /** Told when Redis fails; the page is computed all the same. */
  readonly onFailure: (error: unknown) => void;
  readonly clock?: Clock;
}

/**
 * Cache-aside: the timeline where it proves to be valid, else a computed page, which becomes the
 * timeline. Of many who miss at once one computes, and the others wait a little for its page.
 *
 * A fill's order is what keeps stale pages out. The reader's own version is read first, since it
 * guards the list of followees; then that list; then the followees' versions; only then the page is
 * computed, in a snapshot taken after all of them. A write that commits in between has changed, or
 * will change before it is acknowledged, a version that was read here. The page must be that list's: one
 * that knows of a follow which is not yet acknowledged would show an author whose version nobody read,
 * and is not stored.
 *
 * @returns the page, and why it was computed where it was
 * @throws only what `source` throws
 */
export async function readThrough(
  cache: TimelineCache,
  readerId: string,
  source: FeedSource,
  { ttlMs, onFailure, clock = realClock }: ReadThroughOptions,
): Promise<{ posts: Post[]; miss?: Miss }> {
  const { store } = cache;
  /** What Redis says, undefined when it fails. */
  const ask = <T>(reply: Promise<T>) =>
    reply.catch((error) => {
      onFailure(error);
      return undefined;
    });

  const found = await ask(readTimeline(cache, readerId));
  if (!found) return { posts: await source.compute(), miss: 'unavailable' };
  if ('posts' in found) return found;

  const owner = newToken();
  const lock = lockKey(cache, readerId);
  const locked = await ask(store.setIfAbsent(lock, owner, FILL_LOCK_MS));
  const awaited = locked === false && (await ask(awaitFill(cache, readerId, clock)));
  if (awaited) return awaited;
  if (!locked) return { posts: await source.compute(), miss: found.miss };

  const own = await ask(readVersions(cache, versionKeys(cache, { readers: [readerId] })));
  const followees = await source.followees();
  const readAt = clock.now();
  const theirs = await ask(readVersions(cache, versionKeys(cache, { authors: followees })));
  const { posts, ...computed } = await source.computeWithFollowees();
  if (own && theirs) {
    const timeline = { filledAt: readAt, followees, versions: [...own, ...theirs], posts };
    const leftMs = Math.floor(readAt + ttlMs - clock.now());
    if (leftMs > 0 && joined(computed.followees) === joined(followees)) {
      await ask(store.set(timelineKey(cache, readerId), formatTimeline(timeline), leftMs));
    }
    await ask(store.deleteIfEqual(lock, owner));
  }
  return { posts, miss: found.miss };
}

/** Looks again and again, for a short while, for the page that another process is computing. */
async function awaitFill(cache: TimelineCache, readerId: string, clock: Clock) {
  for (const pauseMs of PAUSES_MS) {
    await clock.pause(pauseMs);
    const found = await readTimeline(cache, readerId);
    if ('posts' in found) return found;
  }
  return undefined;
}

const lockKey = ({ prefix }: TimelineCache, readerId: string) => `${prefix}fill:${readerId}`;
