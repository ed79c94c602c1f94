import { readConfig } from '../../src/config.js';
import { createStores, type Stores } from '../../src/stores/stores.js';

export interface TestStores extends Stores {
  /** The warnings given so far. */
  readonly warnings: string[];
}

/** The stores as a command would open them; without Redis or MongoDB unless a URL is given. */
export function openStores(urls: {
  databaseUrl: string;
  redisUrl?: string | undefined;
  mongodbUrl?: string | undefined;
}): TestStores {
  const warnings: string[] = [];
  const config = readConfig(
    {
      DATABASE_URL: urls.databaseUrl,
      REDIS_URL: urls.redisUrl ?? '',
      MONGODB_URL: urls.mongodbUrl ?? '',
      SOCIALDB_TIMEOUT_MS: '20000',
    },
    {},
    {},
  );
  const stores = createStores(config, { warn: (message) => void warnings.push(message) });
  return { ...stores, warnings };
}
