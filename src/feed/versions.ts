import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { instanceOf } from '../stores/instance.js';
import type { Sql } from '../stores/postgres.js';
import type { Stores } from '../stores/stores.js';

/** Redis, and the prefix of this database's keys in it. */
export interface TimelineCache {
  readonly redis: Redis;
  /** `socialdb:<database>:` */
  readonly prefix: string;
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
export const VERSION_TTL_S = 86_400;

/** Connects to Redis and asks the database for its name at the same time. */
export async function openCache(
  stores: Pick<Stores, 'redis'>,
  sql: Sql,
): Promise<TimelineCache | undefined> {
  const [redis, { scope }] = await Promise.all([stores.redis(), instanceOf(sql)]);
  return redis && { redis, prefix: `socialdb:${scope}:` };
}

export function versionKeys({ prefix }: TimelineCache, { authors = [], readers = [] }: Touched) {
  return [
    ...readers.map((id) => `${prefix}reader:${id}`),
    ...authors.map((id) => `${prefix}author:${id}`),
  ];
}

/** A version: made anew for every attempt to set it, since an old one that arrives late would revive pages. */
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
    versionKeys(cache, touched).map((key) => cache.redis.set(key, newToken(), 'EX', VERSION_TTL_S)),
  );
}
