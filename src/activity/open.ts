import { mongoFailure } from '../stores/mongo-failure.js';
import type { Stores } from '../stores/stores.js';
import { postgresStore } from './postgres-store.js';
import type { ActivityStore } from './store.js';

/**
 * Opens the activity store for the length of `work`: MongoDB where a URL is set, else the table in
 * PostgreSQL. It never falls from one to the other because a server is down: events would end up in
 * two places.
 *
 * @param timeoutMs bound on finding MongoDB and on one of its operations, milliseconds
 * @throws StoreError `mongodb-unavailable` when MongoDB is set and does not answer
 */
export async function withActivityStore<T>(
  stores: Stores,
  timeoutMs: number,
  work: (store: ActivityStore) => Promise<T>,
): Promise<T> {
  const url = stores.config.mongodbUrl;
  if (!url) return work(postgresStore(stores.postgres(timeoutMs)));
  // The driver costs 66 ms to load, which those without MongoDB need not pay.
  const [{ openMongo, databaseOf }, { mongodbStore }] = await Promise.all([
    import('../stores/mongo.js'),
    import('./mongodb-store.js'),
  ]);
  try {
    const client = await openMongo(url, timeoutMs);
    try {
      return await work(mongodbStore(databaseOf(client, url)));
    } finally {
      await client.close();
    }
  } catch (error) {
    throw mongoFailure(error, url) ?? error;
  }
}
