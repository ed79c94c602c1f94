import * as v from 'valibot';
import type { Post } from '../social/posts.js';
import { newToken, readVersions, type TimelineCache, versionKeys } from './versions.js';

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
  // The reader's own, then one for each followee.
  versions: v.array(v.string()),
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

/** A reader's first page, with what must not have changed for it to be served. */
export type Timeline = v.InferOutput<typeof timelineSchema>;

const timelineKey = ({ prefix }: TimelineCache, readerId: string) =>
  `${prefix}timeline:${readerId}`;
const lockKey = ({ prefix }: TimelineCache, readerId: string) => `${prefix}fill:${readerId}`;

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
  const text = await cache.store.get(timelineKey(cache, readerId));
  if (text === null) return { miss: 'absent' };
  const timeline = parse(text);
  if (!timeline) return { miss: 'corrupt' };
  const { followees, versions, posts } = timeline;
  const keys = versionKeys(cache, { readers: [readerId], authors: followees });
  const now = await cache.store.mget(keys);
  const valid =
    now.length === versions.length &&
    now.every((version, at) => version && version === versions[at]);
  return valid ? { posts } : { miss: 'changed' };
}

/** Leave to store a page as the reader's timeline: what was read before the page was computed. */
export interface Fill {
  readonly owner: string;
  readonly followees: readonly string[];
  /** The reader's version, then one for each followee. */
  readonly versions: readonly string[];
  /** When the versions were read, milliseconds; the timeline's life is counted from here. */
  readonly readAt: number;
}

/**
 * Begins a fill. The order is what keeps stale pages out: the reader's own version is read first,
 * since it guards the list of followees; then that list; then the followees' versions; only then may
 * the page be computed, in a snapshot taken after all of them. A write that commits in between has
 * changed, or will change, a version that was read here.
 *
 * @param readFollowees reads the list from the source of truth
 * @param now the time in milliseconds
 * @returns undefined when another process is filling this timeline
 */
export async function beginFill(
  cache: TimelineCache,
  readerId: string,
  readFollowees: () => Promise<string[]>,
  now = Date.now,
): Promise<Fill | undefined> {
  const owner = newToken();
  const mine = await cache.store.setIfAbsent(lockKey(cache, readerId), owner, FILL_LOCK_MS);
  if (!mine) return undefined;
  const own = await readVersions(cache, versionKeys(cache, { readers: [readerId] }));
  const followees = await readFollowees();
  const readAt = now();
  const theirs = await readVersions(cache, versionKeys(cache, { authors: followees }));
  return { owner, followees, versions: [...own, ...theirs], readAt };
}

/**
 * Stores a page that was computed after {@link beginFill}, and lets the next one fill.
 *
 * @param ttlMs lifetime in milliseconds
 */
export async function finishFill(
  cache: TimelineCache,
  readerId: string,
  { owner, followees, versions, readAt }: Fill,
  posts: readonly Post[],
  ttlMs: number,
  now = Date.now,
): Promise<void> {
  const filledAt = new Date(readAt).toISOString();
  const timeline = JSON.stringify({ v: 1, filledAt, followees, versions, posts });
  const leftMs = readAt + ttlMs - now();
  if (leftMs > 0) await cache.store.set(timelineKey(cache, readerId), timeline, leftMs);
  await cache.store.deleteIfEqual(lockKey(cache, readerId), owner);
}

function parse(text: string): Timeline | undefined {
  try {
    return v.parse(timelineSchema, JSON.parse(text));
  } catch {
    return undefined;
  }
}
