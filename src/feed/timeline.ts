import { setTimeout } from 'node:timers/promises';
import type { Post } from '../social/posts.js';
import { formatTimeline, parseTimeline, type Timeline } from './timeline-text.js';
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

/** Why a timeline could not serve a read. */
export type Miss = 'absent' | 'changed' | 'corrupt' | 'unavailable';

/** What a timeline is filled from: the source of truth. */
export interface FeedSource {
  followees(): Promise<string[]>;
  /** Computes the page, on the primary, in a snapshot of its own. */
  compute(): Promise<Post[]>;
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
 * will change before it is acknowledged, a version that was read here.
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
  const posts = await source.compute();
  if (own && theirs) {
    const timeline = { filledAt: readAt, followees, versions: [...own, ...theirs], posts };
    const leftMs = Math.floor(readAt + ttlMs - clock.now());
    if (leftMs > 0) {
      await ask(store.set(timelineKey(cache, readerId), formatTimeline(timeline), leftMs));
    }
    await ask(store.deleteIfEqual(lock, owner));
  }
  return { posts, miss: found.miss };
}

/**
 * Looks a timeline up and proves it: it counts only if the version of the reader and of every
 * followee is there and the same as when it was filled. An absent version is a change, which makes
 * eviction and FLUSHALL safe.
 *
 * @throws the driver's error when Redis does not answer
 */
export async function readTimeline(
  cache: TimelineCache,
  readerId: string,
): Promise<{ posts: Post[] } | { miss: Miss }> {
  const text = await cache.store.get(timelineKey(cache, readerId));
  if (text === null) return { miss: 'absent' };
  const timeline = parseTimeline(text);
  if (!timeline) return { miss: 'corrupt' };
  const changed = changedVersions(cache, readerId, timeline);
  // Parsed while Redis answers.
  const { posts } = timeline;
  return (await changed).length === 0 ? { posts } : { miss: 'changed' };
}

/** A version that is not what it was when a timeline was filled. */
export interface ChangedVersion {
  readonly kind: 'reader' | 'author';
  readonly id: string;
  /** Gone, rather than another. */
  readonly lost: boolean;
}

/** Which of a timeline's versions have changed since; none: it may be served. */
export async function changedVersions(
  cache: TimelineCache,
  readerId: string,
  { followees, versions }: Timeline,
): Promise<ChangedVersion[]> {
  const keys = versionKeys(cache, { readers: [readerId], authors: followees });
  const now = await cache.store.mget(keys);
  return [readerId, ...followees].flatMap((id, at): ChangedVersion[] =>
    now[at] && now[at] === versions[at]
      ? []
      : [{ kind: at === 0 ? 'reader' : 'author', id, lost: !now[at] }],
  );
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

/** Where a reader’s timeline is kept. */
export const timelineKey = ({ prefix }: TimelineCache, readerId: string) =>
  `${prefix}timeline:${readerId}`;
const lockKey = ({ prefix }: TimelineCache, readerId: string) => `${prefix}fill:${readerId}`;
