import { type ChangedVersion, changedVersions, timelineKey } from './proof.js';
import { parseTimeline } from './timeline-text.js';
import type { TimelineCache } from './versions.js';

/** One cached timeline, looked at without being served. */
export interface TimelineState {
  /** ISO 8601: when its versions were read. */
  readonly filledAt: string;
  readonly sizeBytes: number;
  readonly followees: number;
  readonly postIds: string[];
  /** A timeline of which any version has changed is not served. */
  readonly changed: ChangedVersion[];
}

/**
 * What the cache holds for a reader, and which versions have changed since.
 *
 * @returns undefined when nothing, or nothing readable, is there
 * @throws the driver's error when Redis does not answer
 */
export async function inspectTimeline(
  cache: TimelineCache,
  readerId: string,
): Promise<TimelineState | undefined> {
  const text = await cache.store.get(timelineKey(cache, readerId));
  const timeline = text === null ? undefined : parseTimeline(text);
  if (!text || !timeline) return undefined;
  return {
    filledAt: new Date(timeline.filledAt).toISOString(),
    sizeBytes: Buffer.byteLength(text),
    followees: timeline.followees.length,
    postIds: timeline.posts.map(({ id }) => id),
    changed: await changedVersions(cache, readerId, timeline),
  };
}
