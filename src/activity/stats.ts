import { UsageError } from '../errors.js';
import type { EventType } from './event.js';
import { findPeaks, type Peak } from './peaks.js';
import {
  type ActivityFilter,
  type ActivityStore,
  type ActorCount,
  BUCKETS,
  type Bucket,
  type BucketCount,
} from './store.js';

type Counts = { readonly [type in EventType]?: number };

export interface StatsBucket {
  /** When it begins, in UTC. */
  readonly at: string;
  readonly total: number;
  /** Types without an event are left out. */
  readonly counts: Counts;
}

export interface ActivityStats {
  readonly store: ActivityStore['name'];
  readonly by: Bucket;
  readonly total: number;
  readonly counts: Counts;
  /** From the first event to the last without a gap. */
  readonly buckets: StatsBucket[];
  readonly peaks: Peak[];
  readonly topActors: ActorCount[];
}

const BUCKET_MS: Readonly<Record<Bucket, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};
const MOST_BUCKETS = 100_000;
/** Buckets are chosen so that the stretch has no more than this many of them, where that can be. */
const COMFORTABLE_BUCKETS = 200;
const TOP_ACTORS = 5;

/**
 * Counts events by time and type, in the store's own aggregation, and finds where they peaked.
 *
 * @param by undefined: what suits the stretch that the events span
 * @throws UsageError `too-many-buckets` where `by` is too fine for the stretch
 */
export async function activityStats(
  store: ActivityStore,
  by: Bucket | undefined,
  filter: ActivityFilter,
): Promise<ActivityStats> {
  const bucket = by ?? (await suitableBucket(store, filter));
  const [rows, topActors] = await Promise.all([
    store.countBy(bucket, filter),
    store.topActors(filter, TOP_ACTORS),
  ]);
  const buckets = withoutGaps(rows, bucket);
  const counts = sumByType(rows);
  return {
    store: store.name,
    by: bucket,
    total: totalOf(counts),
    counts,
    buckets,
    peaks: findPeaks(buckets),
    topActors,
  };
}

async function suitableBucket(store: ActivityStore, filter: ActivityFilter): Promise<Bucket> {
  const [[oldest], [newest]] = await Promise.all([
    store.read(filter, { order: 'oldest', limit: 1 }),
    store.read(filter, { order: 'newest', limit: 1 }),
  ]);
  const span = oldest && newest ? Date.parse(newest.event.at) - Date.parse(oldest.event.at) : 0;
  return BUCKETS.find((bucket) => span / BUCKET_MS[bucket] <= COMFORTABLE_BUCKETS) ?? 'day';
}

function withoutGaps(rows: readonly BucketCount[], by: Bucket): StatsBucket[] {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return [];
  const start = Date.parse(first.at);
  const length = (Date.parse(last.at) - start) / BUCKET_MS[by] + 1;
  if (length > MOST_BUCKETS) {
    throw new UsageError(
      'too-many-buckets',
      `these events span ${length.toLocaleString('en-US')} ${by}s`,
      'give a shorter stretch with --since, or count --by day',
    );
  }
  const rowsAt = new Map<number, BucketCount[]>();
  for (const row of rows) {
    const at = Date.parse(row.at);
    rowsAt.set(at, [...(rowsAt.get(at) ?? []), row]);
  }
  return Array.from({ length }, (_, index) => {
    const at = start + index * BUCKET_MS[by];
    const counts = sumByType(rowsAt.get(at) ?? []);
    return { at: isoTime(at), total: totalOf(counts), counts };
  });
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', '.000000Z');
}

function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function sumByType(rows: readonly BucketCount[]): Counts {
  const counts: { [type in EventType]?: number } = {};
  for (const { type, count } of rows) counts[type] = (counts[type] ?? 0) + count;
  return counts;
}
