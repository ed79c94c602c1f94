import { mastersOf } from '../stores/key-value.js';
import type { Miss } from './proof.js';
import type { RedisCache } from './versions.js';

const statsKey = ({ prefix }: RedisCache) => `${prefix}stats`;

/** Counts a read; nobody waits for it, and a count that is lost is no harm. */
export function countRead(cache: RedisCache, outcome: Miss | 'hit'): void {
  cache.redis.hincrby(statsKey(cache), outcome, 1).catch(() => {});
}

export interface CacheStats {
  readonly hits: number;
  /** Reads that were computed, by reason. */
  readonly misses: Record<Miss, number>;
  /** Hits among all reads; null before the first. */
  readonly hitRatio: number | null;
  /** Keys of this database, by kind. */
  readonly keys: { timelines: number; versions: number };
  /** Bytes of the timelines' values. */
  readonly timelineBytes: number;
  /** Of the whole server, or of a cluster's masters together. */
  readonly server: { memoryBytes: number; maxMemoryBytes: number; policy: string };
}

/** How reads have been served since the cache was last cleared. */
export async function readCounts(
  cache: RedisCache,
): Promise<Pick<CacheStats, 'hits' | 'misses'> & { reads: number }> {
  const counts = await cache.redis.hgetall(statsKey(cache));
  const of = (outcome: string) => Number(counts[outcome] ?? 0);
  const hits = of('hit');
  const misses = {
    absent: of('absent'),
    changed: of('changed'),
    corrupt: of('corrupt'),
    unavailable: of('unavailable'),
  };
  return {
    hits,
    misses,
    reads: hits + Object.values(misses).reduce((sum, count) => sum + count, 0),
  };
}

/**
 * What the cache holds and how it has served since it was last cleared.
 *
 * @throws the driver's error when Redis does not answer
 */
export async function cacheStats(cache: RedisCache): Promise<CacheStats> {
  const { redis } = cache;
  const { hits, misses, reads } = await readCounts(cache);
  const keys = { timelines: 0, versions: 0 };
  let timelineBytes = 0;
  for await (const batch of keysOf(cache)) {
    const timelines = batch.filter((key) => isTimeline(cache, key));
    keys.timelines += timelines.length;
    keys.versions += batch.filter((key) => isVersion(cache, key)).length;
    const sizes = await Promise.all(timelines.map((key) => redis.strlen(key).catch(() => 0)));
    timelineBytes += sizes.reduce((sum, size) => sum + size, 0);
  }
  return {
    hits,
    misses,
    hitRatio: reads > 0 ? hits / reads : null,
    keys,
    timelineBytes,
    server: await serverMemory(cache),
  };
}

async function serverMemory({ redis }: RedisCache): Promise<CacheStats['server']> {
  const infos = await Promise.all(mastersOf(redis).map((server) => server.info('memory')));
  const fields = (name: string) =>
    infos.map((info) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '');
  const sum = (name: string) => fields(name).reduce((total, bytes) => total + Number(bytes), 0);
  return {
    memoryBytes: sum('used_memory'),
    maxMemoryBytes: sum('maxmemory'),
    policy: [...new Set(fields('maxmemory_policy'))].join(', '),
  };
}

function isTimeline({ prefix }: RedisCache, key: string): boolean {
  return key.startsWith(`${prefix}timeline:`);
}

function isVersion({ prefix }: RedisCache, key: string): boolean {
  return key.startsWith(`${prefix}author:`) || key.startsWith(`${prefix}reader:`);
}

/** All keys of this database, in batches; a key may come twice, as with any SCAN. */
export async function* keysOf(
  { redis, prefix }: Pick<RedisCache, 'redis' | 'prefix'>,
  kind = '',
): AsyncGenerator<string[]> {
  const escaped = `${prefix}${kind}`.replace(/[*?[\]\\]/g, '\\$&');
  for (const server of mastersOf(redis)) {
    for await (const batch of server.scanStream({ match: `${escaped}*`, count: 1_000 })) {
      if (batch.length > 0) yield batch as string[];
    }
  }
}
