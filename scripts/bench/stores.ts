import { readConfig } from '../../src/config.js';
import { createStores, type Stores } from '../../src/stores/stores.js';
import type { Bench } from './bench.js';
import { Skipped } from './row.js';

/**
 * Opens PostgreSQL and Redis as a command would, for the length of `work`.
 *
 * @throws Skipped where there is no Redis
 */
export async function withStores<T>(
  { servers }: Bench,
  databaseUrl: string,
  work: (stores: Stores) => Promise<T>,
): Promise<T> {
  if (!servers.redisUrl) throw new Skipped('there is no Redis here; put redis-server on PATH');
  const warn = (message: string) => {
    throw new Error(message);
  };
  const settings = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: servers.redisUrl,
    MONGODB_URL: '',
    SOCIALDB_TIMEOUT_MS: '60000',
    // No timeline expires while it is measured.
    SOCIALDB_CACHE_TTL: '3600',
  };
  const stores = createStores(readConfig(settings, {}, {}), { warn });
  try {
    return await work(stores);
  } finally {
    await stores.close();
  }
}
