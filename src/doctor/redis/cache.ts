import type { readCounts } from '../../feed/stats.js';
import { bytes, count, span } from '../../wording.js';
import { type Check, type Finding, fail, ok, warn } from '../check.js';
import type { RedisSubject } from './server.js';

const configSet = (setting: string) => `redis-cli -u "$REDIS_URL" CONFIG SET ${setting}`;

const maxmemory: Check<RedisSubject> = {
  name: 'maxmemory',
  run({ info }) {
    const used = Number(info('used_memory'));
    const limit = Number(info('maxmemory'));
    if (limit === 0) {
      return warn(
        `no limit, ${bytes(used)} used: it may take all memory of its machine`,
        configSet('maxmemory 256mb'),
      );
    }
    return ok(`${bytes(used)} of ${bytes(limit)} used`);
  },
};

const NEARLY_FULL = 0.9;

const eviction: Check<RedisSubject> = {
  name: 'eviction',
  run({ info }) {
    const policy = info('maxmemory_policy');
    const limit = Number(info('maxmemory'));
    const evicted = `${count(Number(info('evicted_keys')))} keys evicted`;
    if (policy !== 'noeviction' || limit === 0) return ok(`${policy}, ${evicted}`);
    const fix = configSet('maxmemory-policy allkeys-lru');
    // Every key but one counter has a time to live, so the volatile policies do as well.
    return Number(info('used_memory')) >= NEARLY_FULL * limit
      ? fail('noeviction, and it is full: cached pages cannot be made invalid', fix)
      : warn('noeviction: once it is full, cached pages cannot be made invalid', fix);
  },
};

const persistence: Check<RedisSubject> = {
  name: 'persistence',
  async run({ redis, info }) {
    const [, rules = ''] = (await redis.config('GET', 'save')) as string[];
    const kinds = [
      ...(rules ? ['snapshots'] : []),
      ...(info('aof_enabled') === '1' ? ['append-only file'] : []),
    ];
    if (kinds.length === 0) return ok('off, as a cache wants it: what is lost is computed again');
    const fix = `${configSet('save ""')} && ${configSet('appendonly no')}`;
    const failed =
      info('rdb_last_bgsave_status') === 'err' || info('aof_last_write_status') === 'err';
    if (failed)
      return fail(
        `${kinds.join(' and ')} on, and the last write failed: Redis may refuse all writes`,
        fix,
      );
    // Versions and pages come back together, as they were: the pages look valid.
    return warn(
      `${kinds.join(' and ')} on: a restart brings back pages older than the last writes`,
      fix,
    );
  },
};

export const CACHE_CHECKS = [maxmemory, eviction, persistence];

/** Reads below which a share says nothing. */
const ENOUGH_READS = 100;
const POOR = 0.5;

/** @param ttlS lifetime of a timeline, seconds */
export function hitRateFinding(
  { hits, reads, misses: { corrupt } }: Awaited<ReturnType<typeof readCounts>>,
  ttlS: number,
): Finding {
  if (reads < ENOUGH_READS) return ok(`${count(reads)} reads, too few to judge`);
  const share = `${((100 * hits) / reads).toFixed(0)}% of ${count(reads)} reads`;
  if (corrupt > 0)
    return warn(`${share}; ${count(corrupt)} found something unreadable`, 'socialdb cache clear');
  return hits / reads < POOR
    ? warn(
        `${share}; a page lives ${span(ttlS)}`,
        `export SOCIALDB_CACHE_TTL=${10 * ttlS}  # and: socialdb cache stats`,
      )
    : ok(share);
}
