import { openCache, type RedisCache } from '../../feed/versions.js';
import type { Context } from '../context.js';

/** The cache for a command that is about the cache, and can do nothing without it. */
export async function requireCache({ stores }: Context): Promise<RedisCache> {
  const redis = stores.requireRedis();
  const cache = await openCache({ redis: () => redis }, stores.postgres());
  if (!cache) throw new Error('a Redis that is there gave no cache');
  return cache;
}
