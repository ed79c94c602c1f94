import { randomBytes } from 'node:crypto';
import { instanceOf } from '../stores/instance.js';
import { type KeyValue, keyValueOf } from '../stores/key-value.js';
import type { Sql } from '../stores/postgres.js';
import type { RedisClient } from '../stores/redis.js';
import type { Stores } from '../stores/stores.js';

/** Where timelines and versions are kept. */
export interface TimelineCache {
  readonly store: KeyValue;
  /** Of this database's keys: `socialdb:<database>:` */
  readonly prefix: string;
  /** By timeline, whose versions proved it last time; where this is absent nothing is remembered. */
  readonly seen?: Map<string, SeenKeys>;
}

/** The keys of a reader's version and of the followees', these as one text. */
export interface SeenKeys {
  readonly followees: string;
  readonly keys: readonly string[];
}

/** Whose version a write changes: an author's (posts) or a reader's (follows). */
export interface Touched {
  readonly authors?: readonly string[];
  readonly readers?: readonly string[];
}

/**
 * A version outlives every timeline that was filled under it, whatever its time to live: an absent
 * version counts as changed, so losing one early costs a fill and never a stale page.
 */
const VERSION_TTL_MS = 86_400_000;

/** The cache on a real server, for those who look into it. */
export interface RedisCache extends TimelineCache {
  readonly redis: RedisClient;
}

const seenThrough = new WeakMap<RedisClient, Map<string, SeenKeys>>();

/** The cache of this database; undefined without Redis. */
export async function openCache(
  stores: Pick<Stores, 'redis'>,
  sql: Sql,
): Promise<RedisCache | undefined> {
  const [redis, { scope }] = await Promise.all([stores.redis(), instanceOf(sql)]);
  return redis && cacheOn(redis, scope);
}

/**
 * The same for those who can do nothing without it.
 *
 * @throws StoreError `redis-unavailable`
 */
export async function requireCache(
  stores: Pick<Stores, 'requireRedis'>,
  sql: Sql,
): Promise<RedisCache> {
  const [redis, { scope }] = await Promise.all([stores.requireRedis(), instanceOf(sql)]);
  return cacheOn(redis, scope);
}

function cacheOn(redis: RedisClient, scope: string): RedisCache {
  const seen = seenThrough.get(redis) ?? new Map();
  seenThrough.set(redis, seen);
  return { redis, store: keyValueOf(redis), prefix: `socialdb:${scope}:`, seen };
}

/** The keys of versions: readers first, then authors, each in their order. */
export function versionKeys({ prefix }: TimelineCache, { authors = [], readers = [] }: Touched) {
  return [
    ...readers.map((id) => `${prefix}reader:${id}`),
    ...authors.map((id) => `${prefix}author:${id}`),
  ];
}

/** A version: made anew for each attempt to set it, since an old one that arrives late would revive pages. */
export function newToken(): string {
  return randomBytes(9).toString('base64url');
}

/**
 * Makes every timeline stale that holds pages of these authors, or belongs to these readers: one SET
 * each, however many followers there are. Call it after the commit and before the write is
 * acknowledged; a writer that dies between the two is healed by the relay, which calls it again.
 *
 * @throws the driver's error when Redis does not take it
 */
export async function touch(cache: TimelineCache, touched: Touched): Promise<void> {
  await Promise.all(
    versionKeys(cache, touched).map((key) => cache.store.set(key, newToken(), VERSION_TTL_MS)),
  );
}

/** The versions under these keys; those that are absent are made. */
export async function readVersions({ store }: TimelineCache, keys: string[]): Promise<string[]> {
  const versions = await store.mget(keys);
  const absent = keys.filter((_, at) => versions[at] === null);
  if (absent.length === 0) return versions as string[];
  await Promise.all(absent.map((key) => store.setIfAbsent(key, newToken(), VERSION_TTL_MS)));
  // Read again: a write, or another fill, may have been first.
  const made = await store.mget(absent);
  const madeOf = new Map(absent.map((key, at) => [key, made[at] ?? '']));
  // An empty version is one that was lost at once; it never equals another.
  return keys.map((key, at) => versions[at] ?? madeOf.get(key) ?? '');
}
