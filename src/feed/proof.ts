import type { Post } from '../social/posts.js';
import { joined, parseTimeline, type StoredTimeline, type Timeline } from './timeline-text.js';
import { type SeenKeys, type TimelineCache, versionKeys } from './versions.js';

/** Why a timeline could not serve a read. */
export type Miss = 'absent' | 'changed' | 'corrupt' | 'unavailable';

/**
 * Looks a timeline up and proves it: it counts only if the version of the reader and of every
 * followee is there and the same as when it was filled. An absent version is a change, which makes
 * eviction and FLUSHALL safe.
 *
 * Whose versions to ask for stands in the timeline: two round trips. A process that has seen this
 * reader's asks for those of last time along with the timeline, and needs one where they are the same.
 *
 * @throws the driver's error when Redis does not answer
 */
export async function readTimeline(
  cache: TimelineCache,
  readerId: string,
): Promise<{ posts: Post[] } | { miss: Miss }> {
  const key = timelineKey(cache, readerId);
  const seen = cache.seen?.get(key);
  const [text, theirs] = await Promise.all([
    cache.store.get(key),
    seen && cache.store.mget(seen.keys),
  ]);
  if (text === null) return { miss: 'absent' };
  const timeline = parseTimeline(text);
  if (!timeline) return { miss: 'corrupt' };
  const { proof } = timeline;
  const known = seen?.followees === proof.followees ? theirs : undefined;
  const versions = known ?? askFor(cache, readerId, timeline);
  // Parsed while Redis answers.
  const { posts } = timeline;
  return proves(await versions, proof.versions) ? { posts } : { miss: 'changed' };
}

/** One that is absent proves nothing, not even one that was lost while the timeline was filled. */
function proves(versions: readonly (string | null)[], expected: string): boolean {
  return versions.every(Boolean) && joined(versions) === expected;
}

/** The versions of a reader and of the followees in the timeline, as they are now. */
function askFor(cache: TimelineCache, readerId: string, { followees, proof }: StoredTimeline) {
  const keys = versionKeys(cache, { readers: [readerId], authors: followees });
  remember(cache, timelineKey(cache, readerId), { followees: proof.followees, keys });
  return cache.store.mget(keys);
}

/** Timelines whose keys a process remembers, some 10 KB each. */
const SEEN = 1_000;

function remember({ seen }: TimelineCache, timeline: string, keys: SeenKeys): void {
  if (!seen) return;
  const [oldest] = seen.keys();
  if (seen.size >= SEEN && oldest !== undefined) seen.delete(oldest);
  seen.set(timeline, keys);
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

/** Where a reader’s timeline is kept. */
export const timelineKey = ({ prefix }: TimelineCache, readerId: string) =>
  `${prefix}timeline:${readerId}`;
