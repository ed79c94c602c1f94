import { decodePosition, encodePosition, type Position } from '../social/cursor.js';
import type { Post } from '../social/posts.js';
import { findUser, type User } from '../social/users.js';
import { instanceOf } from '../stores/instance.js';
import type { Sql } from '../stores/postgres.js';
import type { Stores } from '../stores/stores.js';
import type { Miss } from './proof.js';
import { encodeSighting } from './since.js';
import { databaseSource } from './source.js';
import { type Strategy, strategyOf } from './statement.js';
import { countRead } from './stats.js';
import { type FeedSource, MAX_FOLLOWEES, readThrough, TIMELINE_POSTS } from './timeline.js';
import { openCache, type RedisCache } from './versions.js';

type RankedPost = { readonly rank: number } & Post;

export interface FeedOptions {
  /** Posts on the page. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** A strategy's name, or `auto`; naming one asks for a computation, not for the cache. */
  readonly strategy: string;
  /** False: neither read nor fill the cache. */
  readonly cache: boolean;
}

/** Why the page was computed though there is a cache. */
export type Bypass = Miss | 'not-asked' | 'no-redis' | 'not-first-page' | 'many-followees';

export interface FeedPage {
  readonly user: string;
  readonly followingCount: number;
  readonly source: 'cache' | 'database';
  /** What computes, or computed, the page. */
  readonly strategy: Strategy;
  /** Null when the page came from the cache. */
  readonly cacheMiss: Bypass | null;
  readonly posts: RankedPost[];
  readonly next: string | null;
  /** Cursor for what will be newer than this page. */
  readonly since: string;
  /** Milliseconds of each step. */
  readonly timings: Readonly<Timings>;
}

interface Timings {
  userMs: number;
  cacheMs: number;
  databaseMs: number;
  totalMs: number;
}

/** The stores that a feed is read from. */
export type FeedStores = Pick<Stores, 'postgres' | 'redis' | 'redisFailed' | 'config'>;

/**
 * One page of a user's home feed: the posts of those they follow, newest first. From the cache where
 * it can prove that the page is what the database would answer, else from the database; Redis absent,
 * slow or broken costs a warning, never the page.
 *
 * @throws UsageError `bad-cursor`, `unknown-strategy`; RequestError `user-not-found`
 */
export async function readFeed(
  stores: FeedStores,
  username: string,
  options: FeedOptions,
): Promise<FeedPage> {
  const timings = { userMs: 0, cacheMs: 0, databaseMs: 0, totalMs: 0 };
  const page = await timed(timings, 'totalMs', async (): Promise<FeedPage> => {
    const sql = stores.postgres();
    // Redis is connected while PostgreSQL works. Its own statements run one after the other: a second
    // connection would cost more than the round trip that it saves.
    if (options.cache) void stores.redis();
    const [user, { cursorKey }] = await timed(timings, 'userMs', async () => [
      await findUser(sql, username),
      await instanceOf(sql),
    ]);
    const strategy = strategyOf(options.strategy, user.followingCount);
    const scope = `feed:${user.id}`;
    const after = decodePosition(cursorKey, scope, options.after);
    const read: Read = { stores, sql, user, strategy, after, timings };
    const bypass = bypassOf(read, options);
    const { posts, miss } = bypass
      ? { posts: await sourceOf(read, options.limit).compute(), miss: bypass }
      : await readCached(read, await openCache(stores, sql));
    const page = posts
      .slice(0, options.limit)
      .map((post, at) => ({ rank: after.rank + at + 1, ...post }));
    const last = page.length === options.limit ? page.at(-1) : undefined;
    return {
      user: user.username,
      followingCount: user.followingCount,
      source: miss ? 'database' : 'cache',
      strategy,
      cacheMiss: miss ?? null,
      posts: page,
      next: last ? encodePosition(cursorKey, scope, last) : null,
      since: encodeSighting(cursorKey, user.id, page),
      timings,
    };
  });
  return { ...page, timings: inMicroseconds(timings) };
}

interface Read {
  readonly stores: FeedStores;
  readonly sql: Sql;
  readonly user: User;
  readonly strategy: Strategy;
  readonly after: Position;
  readonly timings: Timings;
}

function bypassOf({ user, after }: Read, options: FeedOptions): Bypass | undefined {
  if (!options.cache || options.strategy !== 'auto') return 'not-asked';
  if (after.rank > 0 || options.limit > TIMELINE_POSTS) return 'not-first-page';
  return user.followingCount > MAX_FOLLOWEES ? 'many-followees' : undefined;
}

/** The database, whose time is part of the page's. */
function sourceOf({ sql, user, strategy, after, timings }: Read, limit: number): FeedSource {
  const request = { userId: user.id, strategy, after, limit };
  return databaseSource(sql, request, (work) => timed(timings, 'databaseMs', work));
}

/** The first page through the cache, and the time that each of the two stores took of it. */
async function readCached(
  read: Read,
  cache: RedisCache | undefined,
): Promise<{ posts: Post[]; miss?: Bypass }> {
  const source = sourceOf(read, TIMELINE_POSTS);
  if (!cache) return { posts: await source.compute(), miss: 'no-redis' };
  const { stores, user, timings } = read;
  const found = await timed(timings, 'cacheMs', () =>
    readThrough(cache, user.id, source, {
      ttlMs: stores.config.cacheTtl * 1_000,
      onFailure: stores.redisFailed,
    }),
  );
  timings.cacheMs -= timings.databaseMs;
  countRead(cache, found.miss ?? 'hit');
  return found;
}

/** As fine as these figures mean anything. */
function inMicroseconds({ userMs, cacheMs, databaseMs, totalMs }: Timings): Timings {
  const round = (ms: number) => Math.round(ms * 1_000) / 1_000;
  return {
    userMs: round(userMs),
    cacheMs: round(cacheMs),
    databaseMs: round(databaseMs),
    totalMs: round(totalMs),
  };
}

/** Adds what a piece of work takes, in milliseconds, to one of the timings. */
async function timed<T>(timings: Timings, step: keyof Timings, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    timings[step] += performance.now() - start;
  }
}
