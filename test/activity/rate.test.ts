import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Db, MongoClient } from 'mongodb';
import type { ActivityEvent } from '../../src/activity/event.js';
import { prepareCollection, toDocument } from '../../src/activity/mongodb-document.js';
import { mongodbStore } from '../../src/activity/mongodb-store.js';
import { drain } from '../../src/activity/relay.js';
import { servers, useDatabase } from '../support/database.js';
import { mongodbUrlOf } from './activity-stores.js';
import { join } from './joining.js';

/** `npm run test:rate` is the long form: 20,000 events, five times. */
const EVENTS = Number(process.env.SOCIALDB_RUNS ?? 1_000);
const ROUNDS = EVENTS >= 10_000 ? 5 : 1;
const BATCH = 1_000;

const skip = servers.mongodbUrl ? false : 'no MongoDB: set SOCIALDB_TEST_MONGODB_URL';
describe('the relay beside insertMany of the same events', { skip }, () => {
  const database = useDatabase();
  let client: MongoClient;
  let db: Db;
  before(async () => {
    client = await MongoClient.connect(mongodbUrlOf(`socialdb_rate_${process.pid}`));
    db = client.db();
  });
  after(async () => {
    await db.dropDatabase();
    await client.close();
  });

  /** Makes the collection anew, and measures how many events a second come into it. */
  async function rateOf(work: () => Promise<unknown>): Promise<number> {
    await db.collection('activity').drop();
    await prepareCollection(db);
    const started = performance.now();
    await work();
    const seconds = (performance.now() - started) / 1_000;
    assert.equal(await db.collection('activity').countDocuments(), EVENTS);
    return EVENTS / seconds;
  }

  async function insertAll(events: readonly ActivityEvent[], lanes: number): Promise<void> {
    const collection = db.collection<{ _id: string }>('activity', {
      writeConcern: { w: 'majority', journal: true },
    });
    const batches = Array.from({ length: Math.ceil(events.length / BATCH) }, (_, n) =>
      events.slice(n * BATCH, (n + 1) * BATCH),
    ).values();
    const lane = async () => {
      for (const batch of batches) {
        const documents = batch.map((event) => toDocument(event, new Date()));
        await collection.insertMany(documents, { ordered: false });
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  it('brings the same documents', async (test) => {
    const rates: Record<'relay' | 'insertMany' | 'insertMany, 4 at once', number[]> = {
      relay: [],
      insertMany: [],
      'insertMany, 4 at once': [],
    };
    await prepareCollection(db);
    for (let round = 0; round < ROUNDS; round++) {
      await join(database.sql, EVENTS);
      const rows = await database.sql<{ event: ActivityEvent }[]>`SELECT event FROM outbox`;
      const events = rows.map(({ event }) => event);
      rates.relay.push(await rateOf(() => drain(database.sql, mongodbStore(db), {})));
      rates.insertMany.push(await rateOf(() => insertAll(events, 1)));
      rates['insertMany, 4 at once'].push(await rateOf(() => insertAll(events, 4)));
    }
    for (const [name, measured] of Object.entries(rates)) {
      test.diagnostic(`${name}: ${Math.round(median(measured))} events/s`);
    }
    const ratio = (name: keyof typeof rates) =>
      (median(rates.relay) / median(rates[name])).toFixed(2);
    test.diagnostic(
      `the relay has ${ratio('insertMany')}x of insertMany, ${ratio('insertMany, 4 at once')}x of four at once`,
    );
  });
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
