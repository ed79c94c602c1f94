import { StoreError } from '../../errors.js';
import { openCache, type RedisCache } from '../../feed/versions.js';
import type { Context } from '../context.js';

/** The cache for a command that is about the cache, and can do nothing without it. */
export async function requireCache({ stores }: Context): Promise<RedisCache> {
  const cache = await openCache(stores, stores.postgres());
  if (cache) return cache;
  throw new StoreError(
    'redis-unavailable',
    'there is no Redis, so nothing is cached',
    'set REDIS_URL, or install Redis and run: socialdb stack up',
  );
}
