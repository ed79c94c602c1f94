import * as v from 'valibot';
import type { Post } from '../social/posts.js';
import type { Sql } from '../stores/postgres.js';
import { newToken, type TimelineCache, VERSION_TTL_S, versionKeys } from './versions.js';

/** Posts that a timeline holds: the first page. */
export const TIMELINE_POSTS = 20;
/** Beyond this many followees, fetching and comparing their versions costs more than the feed. */
export const MAX_FOLLOWEES = 400;
const FILL_LOCK_MS = 3_000;

/** Why a timeline could not serve a read. */
export type Miss = 'absent' | 'changed' | 'corrupt' | 'unavailable';

const timelineSchema = v.object({
  v: v.literal(1),
  filledAt: v.string(),
  followees: v.array(v.string()),
  // The reader's own version, then one for each followee.
  tokens: v.array(v.string()),
  posts: v.array(
    v.object({
      id: v.string(),
      author: v.string(),
      authorId: v.string(),
      content: v.string(),
      metadata: v.record(v.string(), v.unknown()),
      createdAt: v.string(),
    }),
  ),
});

type Timeline = v.InferOutput<typeof timelineSchema>;

const timelineKey = ({ prefix }: TimelineCache, readerId: string) =>
  `${prefix}timeline:${readerId}`;

/**
 * Looks a timeline up and proves it: it counts only if the version of the reader and of every
 * followee is there and the same as when it was filled. An absent version is a change, which makes
 * eviction and FLUSHALL safe.
 *
 * @throws the driver's error when Redis does not answer
 */
export async function lookUp(
  cache: TimelineCache,
  readerId: string,
): Promise<{ posts: Post[] } | { miss: Miss }> {
  const text = await cache.redis.get(timelineKey(cache, readerId));
  if (text === null) return { miss: 'absent' };
  const timeline = parse(text);
  if (!timeline) return { miss: 'corrupt' };
  const { followees, tokens, posts } = timeline;
  const keys = versionKeys(cache, { readers: [readerId], authors: followees });
  const now = await cache.redis.mget(keys);
  const valid = now.length === tokens.length && now.every((token, at) => token === tokens[at]);
  return valid ? { posts } : { miss: 'changed' };
}

/** Leave to store a page as the reader's timeline: what was read before the page was computed. */
export interface Fill {
  readonly followees: readonly string[];
  /** The reader's version, then one for each followee. */
  readonly tokens: readonly string[];
  /** When the versions were read; the timeline's life is counted from here. */
  readonly readAt: number;
  readonly lock: FillLock;
}

/**
 * Begins a fill. The order is what keeps stale pages out: the reader's own version is read first,
 * since it guards the list of followees; then that list; then the followees' versions; only then may
 * the page be computed, in a snapshot taken after all of them. A write that commits in between has
 * changed, or will change, a version that was read here.
 *
 * @returns undefined when another process is filling this timeline
 */
export async function beginFill(
  cache: TimelineCache,
  sql: Sql,
  readerId: string,
): Promise<Fill | undefined> {
  const lock = await takeFillLock(cache, readerId);
  if (!lock) return undefined;
  const own = await readTokens(cache, versionKeys(cache, { readers: [readerId] }));
  const followees = await readFollowees(sql, readerId);
  const readAt = Date.now();
  const theirs = await readTokens(cache, versionKeys(cache, { authors: followees }));
  return { followees, tokens: [...own, ...theirs], readAt, lock };
}

/**
 * Stores a page that was computed after {@link beginFill}, and lets the next one fill.
 *
 * @param ttlS lifetime in seconds
 */
export async function finishFill(
  cache: TimelineCache,
  readerId: string,
  { followees, tokens, readAt, lock }: Fill,
  posts: readonly Post[],
  ttlS: number,
): Promise<void> {
  const filledAt = new Date(readAt).toISOString();
  const timeline = JSON.stringify({ v: 1, filledAt, followees, tokens, posts });
  const leftMs = readAt + ttlS * 1_000 - Date.now();
  if (leftMs > 0) await cache.redis.set(timelineKey(cache, readerId), timeline, 'PX', leftMs);
  await lock.release();
}

function parse(text: string): Timeline | undefined {
  try {
    return v.parse(timelineSchema, JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function readFollowees(sql: Sql, readerId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    SELECT followed_id AS id FROM followers WHERE follower_id = ${readerId}`;
  return rows.map(({ id }) => id);
}

/** The versions under these keys; one that is absent is made. */
async function readTokens({ redis }: TimelineCache, keys: string[]): Promise<string[]> {
  if (keys.length === 0) return [];
  const tokens = await redis.mget(keys);
  const absent = keys.filter((_, at) => tokens[at] === null);
  if (absent.length === 0) return tokens as string[];
  await Promise.all(absent.map((key) => redis.set(key, newToken(), 'EX', VERSION_TTL_S, 'NX')));
  // Read again: another process may have been first, or a write may have come in between.
  const made = await redis.mget(absent);
  const byKey = new Map(absent.map((key, at) => [key, made[at] ?? '']));
  return keys.map((key, at) => tokens[at] ?? byKey.get(key) ?? '');
}

const RELEASE = `
-- KEYS[1] the lock, ARGV[1] who took it; 1 when it was ours and is gone, else 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

interface FillLock {
  release(): Promise<void>;
}

/** One process at a time fills a timeline; undefined when another one is at it. */
async function takeFillLock(
  { redis, prefix }: TimelineCache,
  readerId: string,
): Promise<FillLock | undefined> {
  const key = `${prefix}fill:${readerId}`;
  const owner = newToken();
  const taken = await redis.set(key, owner, 'PX', FILL_LOCK_MS, 'NX');
  if (taken === null) return undefined;
  return {
    release: async () => {
      // If this fails the lock ends by itself.
      await redis.eval(RELEASE, 1, key, owner).catch(() => {});
    },
  };
}
