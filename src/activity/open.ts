import { redactUrl } from '../config.js';
import { messageOf, type SocialdbError, StoreError } from '../errors.js';
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
    throw isMongoError(error) ? unavailable(url, error) : error;
  }
}

function isMongoError(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('Mongo');
}

/** MongoDB's failure in one line, without the driver's words where they could hold a secret. */
function unavailable(url: string, error: unknown): SocialdbError {
  const name = error instanceof Error ? error.name : '';
  if (name === 'MongoParseError' || name === 'MongoAPIError') {
    const message = `MongoDB at ${redactUrl(url)}: the driver does not take what MONGODB_URL says`;
    return new StoreError('mongodb-unavailable', message, 'check its options', { cause: error });
  }
  const refused = name === 'MongoServerError';
  return new StoreError(
    'mongodb-unavailable',
    `MongoDB at ${redactUrl(url)} ${refused ? `refused: ${messageOf(error)}` : 'does not answer'}`,
    'events wait in the outbox until it does; an empty MONGODB_URL keeps them in PostgreSQL instead',
    { cause: error },
  );
}
