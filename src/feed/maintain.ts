import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../stores/postgres.js';
import { type FeedStores, readFeed } from './page.js';
import { changedVersions } from './proof.js';
import { keysOf } from './stats.js';
import { MAX_FOLLOWEES, TIMELINE_POSTS } from './timeline.js';
import { parseTimeline } from './timeline-text.js';
import { type RedisCache, touch } from './versions.js';

/** Posts among which the most active readers are looked for. */
const RECENT_POSTS = 10_000;

/**
 * The readers for whom a warm timeline is likeliest to be asked for: those who wrote most of the
 * newest posts, and follow somebody, but not so many that their feed is not cached.
 */
export async function activeReaders(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql<{ username: string }[]>`
    WITH recent AS (
      SELECT user_id FROM posts ORDER BY created_at DESC, id DESC LIMIT ${RECENT_POSTS}
    )
    SELECT u.username
      FROM recent
      JOIN users u ON u.id = recent.user_id
     WHERE u.following_count BETWEEN 1 AND ${MAX_FOLLOWEES}
     GROUP BY u.id
     ORDER BY count(*) DESC, u.id
     LIMIT ${limit}`;
  return rows.map(({ username }) => username);
}

/**
 * Reads feeds, so that their timelines are there when they are asked for.
 *
 * @param onProgress told how many are done
 * @returns how many were filled, and how many were there already
 * @throws the driver's error when Redis fails: without it nothing is warmed
 */
export async function warm(
  stores: FeedStores,
  usernames: readonly string[],
  onProgress: (done: number) => void,
  stopped: AbortSignal,
): Promise<{ filled: number; alreadyWarm: number }> {
  let filled = 0;
  let alreadyWarm = 0;
  const insistent: FeedStores = {
    ...stores,
    redisFailed(error) {
      throw error;
    },
  };
  for (const username of usernames) {
    if (stopped.aborted) break;
    const { source } = await readFeed(insistent, username, {
      limit: TIMELINE_POSTS,
      strategy: 'auto',
      cache: true,
    });
    if (source === 'cache') alreadyWarm++;
    else filled++;
    onProgress(filled + alreadyWarm);
  }
  return { filled, alreadyWarm };
}

/** Drops the timeline of one reader, or every key of this database. Returns how many keys went. */
export async function clear(cache: RedisCache, readerId?: string): Promise<number> {
  if (readerId) return cache.redis.unlink(`${cache.prefix}timeline:${readerId}`);
  let cleared = 0;
  for await (const batch of keysOf(cache)) cleared += await unlink(cache, batch);
  return cleared;
}

/** Apart, since a cluster refuses a command over keys of several slots; they travel together. */
async function unlink({ redis }: RedisCache, keys: string[]): Promise<number> {
  const gone = await Promise.all(keys.map((key) => redis.unlink(key)));
  return gone.reduce((sum, count) => sum + count, 0);
}

export interface CacheVerification {
  /** Timelines compared with the database. */
  readonly checked: number;
  /** Timelines that would be served and are not what the database answers. */
  readonly stale: number;
  /** Timelines that would not be served, because a version changed or was lost: the next read fills them. */
  readonly missing: number;
  readonly repaired: number;
  /** Ids of the readers whose timelines are stale. */
  readonly staleReaders: string[];
}

export interface CacheVerifyOptions {
  /** Timelines to look at; all without it. */
  readonly sample?: number | undefined;
  /** Makes the stale ones invalid. */
  readonly repair: boolean;
  /** Told how many have been looked at. */
  readonly onProgress?: (checked: number) => void;
}

/** A writer makes pages invalid right after its commit, and waits no longer than this for Redis. */
const ACKNOWLEDGED_MS = 1_000;

/** Compares cached pages with what the database answers now. */
export async function verifyCache(
  stores: FeedStores,
  cache: RedisCache,
  options: CacheVerifyOptions,
  stopped?: AbortSignal,
): Promise<CacheVerification> {
  const prefix = `${cache.prefix}timeline:`;
  const suspects: string[] = [];
  let checked = 0;
  let missing = 0;
  const wanted = options.sample ?? Number.POSITIVE_INFINITY;
  for await (const batch of keysOf(cache, 'timeline:')) {
    for (const readerId of batch.map((key) => key.slice(prefix.length))) {
      if (checked >= wanted || stopped?.aborted) break;
      checked++;
      const state = await compare(stores, cache, readerId);
      if (state === 'missing') missing++;
      if (state === 'stale') suspects.push(readerId);
      options.onProgress?.(checked);
    }
  }
  const staleReaders = await stillStale(stores, cache, suspects);
  if (options.repair && staleReaders.length > 0) await touch(cache, { readers: staleReaders });
  const stale = staleReaders.length;
  return { checked, stale, missing, repaired: options.repair ? stale : 0, staleReaders };
}

/** Those that are stale even when whoever was writing just then must have made them invalid. */
async function stillStale(stores: FeedStores, cache: RedisCache, readers: readonly string[]) {
  if (readers.length > 0) await sleep(ACKNOWLEDGED_MS);
  const stale: string[] = [];
  for (const readerId of readers) {
    if ((await compare(stores, cache, readerId)) === 'stale') stale.push(readerId);
  }
  return stale;
}

async function compare(
  stores: FeedStores,
  cache: RedisCache,
  readerId: string,
): Promise<'equal' | 'stale' | 'missing'> {
  const served = async () => {
    const text = await cache.store.get(`${cache.prefix}timeline:${readerId}`);
    const timeline = text ? parseTimeline(text) : undefined;
    if (!timeline) return undefined;
    const changed = await changedVersions(cache, readerId, timeline);
    return changed.length > 0 ? undefined : JSON.stringify(timeline.posts);
  };
  const before = await served();
  if (before === undefined) return 'missing';
  const page = await readFeed(stores, readerId, {
    limit: TIMELINE_POSTS,
    strategy: 'auto',
    cache: false,
  }).catch((error: { code?: string }) => {
    if (error.code === 'user-not-found') return undefined;
    throw error;
  });
  const computed = JSON.stringify(page?.posts.map(({ rank: _, ...post }) => post) ?? []);
  if (computed === before) return 'equal';
  // A write in between changes both: it is stale only if the same page would still be served.
  return (await served()) === before ? 'stale' : 'missing';
}
