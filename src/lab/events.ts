import type { Collection, MongoClient } from 'mongodb';
import { schemasInUse } from '../schema/scratch.js';
import type { Sql } from '../stores/postgres.js';
import type { Stores } from '../stores/stores.js';

/** Where the exercise about two stores puts its events. */
export interface EventStore {
  /** @returns false where an event of this id is there already */
  insert(id: string, text: string): Promise<boolean>;
  texts(): Promise<string[]>;
}

interface OpenEvents {
  readonly client: MongoClient;
  collectionOf(schema: string): Collection<{ _id: string; text: string }>;
  /** Drops what killed exercises of this database have left. */
  removeAbandoned(scratch: Sql): Promise<void>;
}

/**
 * MongoDB, with collections that are named by the database of the exercise, too; undefined after a warning
 * where it is named and does not answer.
 */
export async function openEvents(
  { config, warn }: Stores,
  database: string,
): Promise<OpenEvents | undefined> {
  const url = config.mongodbUrl;
  if (!url) return undefined;
  const { openMongo, databaseOf } = await import('../stores/mongo.js');
  const client = await openMongo(url, config.timeoutMs).catch(() => undefined);
  if (!client) {
    warn('MongoDB does not answer: a table plays its part');
    return undefined;
  }
  const db = databaseOf(client, url);
  const prefix = `lab_${database}_`;
  return {
    client,
    collectionOf: (schema) => db.collection(prefix + schema),
    async removeAbandoned(scratch) {
      const found = await db.listCollections({}, { nameOnly: true }).toArray();
      const ours = found.filter(({ name }) => name.startsWith(prefix));
      const names = ours.map(({ name }) => name.slice(prefix.length));
      const inUse = await schemasInUse(scratch, names);
      for (const name of names) if (!inUse(name)) await db.dropCollection(prefix + name);
    },
  };
}

const DUPLICATE_KEY = 11_000;

export function eventCollection(collection: Collection<{ _id: string; text: string }>): EventStore {
  return {
    insert: (id, text) =>
      collection.insertOne({ _id: id, text }).then(
        () => true,
        (error: { code?: number }) => {
          if (error.code === DUPLICATE_KEY) return false;
          throw error;
        },
      ),
    texts: async () => (await collection.find().sort({ _id: 1 }).toArray()).map(({ text }) => text),
  };
}

export async function eventTable(sql: Sql): Promise<EventStore> {
  await sql`CREATE TABLE activity (id text PRIMARY KEY, event text NOT NULL)`;
  return {
    async insert(id, text) {
      const { count } = await sql`
        INSERT INTO activity VALUES (${id}, ${text}) ON CONFLICT DO NOTHING`;
      return count === 1;
    },
    async texts() {
      const rows = await sql<{ event: string }[]>`SELECT event FROM activity ORDER BY id`;
      return rows.map(({ event }) => event);
    },
  };
}
