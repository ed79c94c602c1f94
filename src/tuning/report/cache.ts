import { type FeedStores, readFeed } from '../../feed/page.js';
import type { Reader } from '../readers.js';

/** Reading one feed from the cache, and computing it, in turns. */
export interface CacheTimes {
  readonly user: string;
  readonly followees: number;
  readonly runs: number;
  /** Median of the whole read, milliseconds; null where the reader's feed was never a hit. */
  readonly hitMs: number | null;
  readonly computedMs: number;
  /** Reads that the cache served, of those that asked it. */
  readonly hits: number;
}

const PAGE = 20;
const RUNS = 15;

/** Measures what `feed` does, with the cache and without. Only the cache is written to. */
export async function measureCache(stores: FeedStores, reader: Reader): Promise<CacheTimes> {
  const read = (cache: boolean) =>
    readFeed(stores, reader.username, { limit: PAGE, strategy: 'auto', cache });
  // The first may have to fill the cache, and the first computation has everything to load.
  await read(true);
  await read(false);
  const hits: number[] = [];
  const computed: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const cached = await read(true);
    if (cached.source === 'cache') hits.push(cached.timings.totalMs);
    computed.push((await read(false)).timings.totalMs);
  }
  return {
    user: reader.username,
    followees: reader.followees,
    runs: RUNS,
    hitMs: hits.length > 0 ? middle(hits) : null,
    computedMs: middle(computed),
    hits: hits.length,
  };
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
