import { after, before, describe } from 'node:test';
import { MongoClient } from 'mongodb';
import type { ActivityEvent } from '../../src/activity/event.js';
import { mongodbStore } from '../../src/activity/mongodb-store.js';
import { postgresStore } from '../../src/activity/postgres-store.js';
import type { ActivityStore } from '../../src/activity/store.js';
import { servers, type TestDatabase, useDatabase } from '../support/database.js';

export interface TestActivity {
  readonly database: TestDatabase;
  readonly store: ActivityStore;
  /** MONGODB_URL for the built binary; empty where the store is PostgreSQL. */
  readonly mongodbUrl: string;
  /** How many events the store holds. */
  count(): Promise<number>;
  /** Takes all events away. */
  clear(): Promise<void>;
  /** Gives an event another time of arrival, milliseconds since 1970. */
  stamp(id: string, arrivedMs: number): Promise<void>;
}

/**
 * Runs the same tests on each activity store. Each gets databases of its own, dropped at the end.
 *
 * @param title what is described
 */
export function describeOnEachStore(title: string, tests: (activity: TestActivity) => void): void {
  describe(`${title}, in PostgreSQL`, () => {
    const database = useDatabase();
    tests({
      database,
      get store() {
        return postgresStore(database.sql);
      },
      mongodbUrl: '',
      async count() {
        const [row] = await database.sql<{ count: number }[]>`SELECT count(*) FROM activity`;
        return row?.count ?? 0;
      },
      async clear() {
        await database.sql`TRUNCATE activity`;
      },
      async stamp(id, arrivedMs) {
        const at = new Date(arrivedMs).toISOString();
        await database.sql`UPDATE activity SET arrived_at = ${at} WHERE id = ${id}`;
      },
    });
  });
  const skip = servers.mongodbUrl ? false : 'no MongoDB: set SOCIALDB_TEST_MONGODB_URL';
  describe(`${title}, in MongoDB`, { skip }, () => {
    const database = useDatabase();
    const url = mongodbUrlOf(`socialdb_test_${process.pid}_${++databases}`);
    let client: MongoClient | undefined;
    before(async () => {
      client = await MongoClient.connect(url);
    });
    after(async () => {
      await client?.db().dropDatabase();
      await client?.close();
    });
    const db = () => {
      if (!client) throw new Error('MongoDB is there once the tests run');
      return client.db();
    };
    tests({
      database,
      get store() {
        return mongodbStore(db());
      },
      mongodbUrl: url,
      count: () => db().collection('activity').countDocuments(),
      async clear() {
        await db().collection('activity').deleteMany({});
      },
      async stamp(id, arrivedMs) {
        const arrivedAt = new Date(arrivedMs);
        await db()
          .collection<{ _id: string }>('activity')
          .updateOne({ _id: id }, { $set: { arrivedAt } });
      },
    });
  });
}

let databases = 0;

/** The test server's URL with another database. */
export function mongodbUrlOf(name: string): string {
  if (!servers.mongodbUrl) return '';
  const url = new URL(servers.mongodbUrl);
  url.pathname = `/${name}`;
  return url.href;
}

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** An event that differs from others by its number alone, unless told otherwise. */
export function eventOf(n: number, fields: Partial<ActivityEvent> = {}): ActivityEvent {
  const alice = { id: id(1), name: 'alice' };
  return {
    id: id(1_000 + n),
    v: 1,
    type: 'liked',
    at: `2026-11-23T15:09:15.${String(n).padStart(6, '0')}Z`,
    actor: alice,
    object: { kind: 'post', id: id(2), author: alice, excerpt: `post ${n}`, tags: ['test'] },
    ...fields,
  };
}
