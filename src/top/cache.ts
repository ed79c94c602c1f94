import { readCounts } from '../feed/stats.js';
import type { RedisCache } from '../feed/versions.js';
import { mastersOf } from '../stores/key-value.js';
import { perSecond, ratio } from './rates.js';
import type { CacheUse } from './snapshot.js';

export interface CacheSample {
  /** Milliseconds, of a clock that only goes forward. */
  readonly atMs: number;
  readonly hits: number;
  readonly misses: number;
  readonly commandsPerSecond: number;
  readonly memoryBytes: number;
}

/** @throws the driver's error when Redis does not answer */
export async function sampleCache(cache: RedisCache): Promise<CacheSample> {
  const servers = mastersOf(cache.redis);
  const [{ hits, reads }, infos] = await Promise.all([
    readCounts(cache),
    Promise.all(servers.map((server) => server.info())),
  ]);
  const sum = (name: string) =>
    infos.reduce((total, info) => {
      return total + Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    }, 0);
  return {
    atMs: performance.now(),
    hits,
    misses: reads - hits,
    commandsPerSecond: sum('instantaneous_ops_per_sec'),
    memoryBytes: sum('used_memory'),
  };
}

/** The figures of the stretch between two samples. */
export function cacheUseBetween(before: CacheSample | undefined, after: CacheSample): CacheUse {
  const seconds = before ? (after.atMs - before.atMs) / 1_000 : 0;
  const hits = perSecond(before?.hits, after.hits, seconds);
  const misses = perSecond(before?.misses, after.misses, seconds);
  return {
    hitRatio: ratio(hits, misses),
    readsPerSecond: hits === null || misses === null ? null : hits + misses,
    totalHitRatio: ratio(after.hits, after.misses),
    commandsPerSecond: after.commandsPerSecond,
    memoryBytes: after.memoryBytes,
  };
}
