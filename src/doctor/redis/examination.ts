import { redactUrl } from '../../config.js';
import { StoreError } from '../../errors.js';
import { readCounts } from '../../feed/stats.js';
import { openCache } from '../../feed/versions.js';
import type { RedisClient } from '../../stores/redis.js';
import { redisReason } from '../../stores/redis-failure.js';
import type { Stores } from '../../stores/stores.js';
import { type Check, ok } from '../check.js';
import type { Examination } from '../examine.js';
import { CACHE_CHECKS, hitRateFinding } from './cache.js';
import { meetRedis, REDIS_REACHABLE, REDIS_SERVER_CHECKS, type RedisSubject } from './server.js';

/** Redis as the timeline cache; unset where it is done without. */
export function redisExamination(stores: Stores): Examination<RedisSubject> {
  const { redisUrl: url, timeoutMs } = stores.config;
  let client: RedisClient | undefined;
  return {
    ...(!url && { unset: 'none is set: feeds are computed by PostgreSQL' }),
    async meet() {
      const { openRedis } = await import('../../stores/redis.js');
      client = await openRedis(url ?? '', timeoutMs).catch((error) => {
        const message = `Redis at ${redactUrl(url ?? '')} ${redisReason(error)}`;
        const hint = 'check REDIS_URL, or run: socialdb stack up';
        throw new StoreError('redis-unavailable', message, hint);
      });
      return meetRedis(client, url ?? '').catch((error) => {
        client?.disconnect();
        throw error;
      });
    },
    leave: () => client?.disconnect(),
    reachable: REDIS_REACHABLE,
    groups: [{ name: 'redis', checks: [...REDIS_SERVER_CHECKS, ...CACHE_CHECKS, hitRate(stores)] }],
  };
}

/** The counts are kept under the database's name, which only PostgreSQL knows. */
function hitRate(stores: Stores): Check<RedisSubject> {
  return {
    name: 'hit-rate',
    async run({ redis }) {
      const cache = await openCache({ redis: async () => redis }, stores.postgres());
      return cache
        ? hitRateFinding(await readCounts(cache), stores.config.cacheTtl)
        : ok('no cache');
    },
  };
}
