import { schemasInUse } from '../schema/scratch.js';
import { type KeyValue, keyValueOf, mastersOf } from '../stores/key-value.js';
import type { Sql } from '../stores/postgres.js';
import type { RedisClient } from '../stores/redis.js';
import type { Stores } from '../stores/stores.js';
import { type EventStore, eventCollection, eventTable, openEvents } from './events.js';
import { keyValueTable } from './key-value-table.js';

/** The stores beside PostgreSQL as an exercise sees them: each has a name of its own in there. */
export interface LabStores {
  /** A cache whose keys begin with {@link prefix}; a table where there is no Redis. */
  readonly cache: KeyValue;
  readonly cacheName: 'redis' | 'table';
  readonly prefix: string;
  /** A collection of its own; a table where there is no MongoDB. */
  readonly events: EventStore;
  readonly eventsName: 'mongodb' | 'table';
  /** A table stands in for the store that the exercise uses. */
  readonly standIn: boolean;
}

/** A killed exercise's keys go by themselves, even if no other exercise is ever run. */
export const LIFETIME_MS = 600_000;
const REDIS_PREFIX = 'socialdb:lab:';

/**
 * Runs `work` with what an exercise uses beside PostgreSQL, and removes it all afterwards, also what a
 * killed exercise left there.
 *
 * @param uses which store; the tables that stand for the others are always there
 * @param schema the scratch schema, by whose name keys and collections are named
 */
export async function withLabStores<T>(
  stores: Stores,
  uses: 'redis' | 'mongodb' | undefined,
  schema: string,
  scratch: Sql,
  work: (stores: LabStores) => Promise<T>,
): Promise<T> {
  const redis = uses === 'redis' ? await stores.redis() : undefined;
  const database = await databaseId(scratch);
  const mongo = uses === 'mongodb' ? await openEvents(stores, database) : undefined;
  const root = `${REDIS_PREFIX}${database}:`;
  const collection = mongo?.collectionOf(schema);
  try {
    if (redis) await removeKeys(redis, root, scratch);
    await mongo?.removeAbandoned(scratch);
    return await work({
      cache: redis ? keyValueOf(redis) : await keyValueTable(scratch),
      cacheName: redis ? 'redis' : 'table',
      prefix: redis ? `${root}${schema}:` : '',
      events: collection ? eventCollection(collection) : await eventTable(scratch),
      eventsName: mongo ? 'mongodb' : 'table',
      standIn: uses !== undefined && !redis && !mongo,
    });
  } finally {
    if (redis) await removeKeys(redis, root, scratch, schema);
    await collection?.drop().catch(() => {});
    await mongo?.client.close();
  }
}

/** Several databases may share a Redis and a MongoDB, and know nothing of each other's schemas. */
async function databaseId(sql: Sql): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    SELECT (SELECT to_hex(system_identifier) FROM pg_control_system()) || '.' ||
           (SELECT oid FROM pg_database WHERE datname = current_database()) AS id`;
  return row?.id ?? '';
}

/** Removes the keys of exercises that are over, and those of `own`, which is about to be. */
async function removeKeys(redis: RedisClient, root: string, scratch: Sql, own?: string) {
  const schemaOf = (key: string) => key.slice(root.length).split(':')[0] ?? '';
  for (const server of mastersOf(redis)) {
    for await (const batch of server.scanStream({ match: `${root}*`, count: 1_000 })) {
      const keys = batch as string[];
      const inUse = await schemasInUse(scratch, keys.map(schemaOf));
      const gone = keys.filter((key) => schemaOf(key) === own || !inUse(schemaOf(key)));
      // One by one: in a cluster they lie in different slots.
      await Promise.all(gone.map((key) => redis.unlink(key)));
    }
  }
}
