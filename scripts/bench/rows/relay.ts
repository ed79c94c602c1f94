import type { Collection } from 'mongodb';
import type { ActivityEvent } from '../../../src/activity/event.js';
import {
  type ActivityDocument,
  prepareCollection,
  toDocument,
} from '../../../src/activity/mongodb-document.js';
import { mongodbStore } from '../../../src/activity/mongodb-store.js';
import { drain } from '../../../src/activity/relay.js';
import { count } from '../../../src/output/text.js';
import { openMongo } from '../../../src/stores/mongo.js';
import type { Sql } from '../../../src/stores/postgres.js';
import { withPool } from '../network.js';
import { type Row, Skipped, share } from '../row.js';
import { sideBySide } from '../turns.js';
import { writesDatabase } from '../writes.js';

const AT_LEAST = 0.7;
const DATABASE = 'socialdb_bench';
/** As many as the relay takes at once. */
const BATCH = 1_000;

export const relay: Row = {
  key: 'relay',
  title: 'Outbox relay',
  columns: ['relay', 'insertMany'],
  method: `Events a second from the outbox into MongoDB, each once, with the outbox emptied, against
insertMany of the same documents in batches of ${BATCH}, one after the other, with the same indexes and
write concern.`,
  async measure(bench) {
    const { mongodbUrl } = bench.servers;
    if (!mongodbUrl) throw new Skipped('there is no MongoDB here; name one in MONGODB_URL');
    const url = await writesDatabase(bench);
    const client = await openMongo(mongodbUrl, 60_000);
    try {
      return await withPool(url, async (sql) => {
        const events = bench.scale.name === 'full' ? 20_000 : 2_000;
        bench.log(`relay: ${events} events`);
        const pair = await sideBySide(
          async () => {
            await client.db(DATABASE).dropDatabase();
            await prepareCollection(client.db(DATABASE));
            await fillOutbox(sql, events);
            const store = mongodbStore(client.db(DATABASE));
            return perSecond(events, () => drain(sql, store, {}));
          },
          async () => {
            const db = client.db(`${DATABASE}_plain`);
            await db.dropDatabase();
            await prepareCollection(db);
            await fillOutbox(sql, events);
            const documents = await documentsOf(sql);
            return perSecond(events, () => insertAll(db.collection('activity'), documents));
          },
          Math.ceil(bench.scale.rounds / 2),
        );
        return [share(`${count(events)} events`, '/s', pair, { atLeast: AT_LEAST })];
      });
    } finally {
      await client.db(DATABASE).dropDatabase();
      await client.db(`${DATABASE}_plain`).dropDatabase();
      await client.close();
    }
  },
};

/** Events as post_create.sql makes them, and nothing else to carry. */
async function fillOutbox(sql: Sql, events: number): Promise<void> {
  await sql`TRUNCATE outbox, activity_backfill`;
  await sql`
    INSERT INTO outbox (id, event)
    SELECT (e ->> 'id')::uuid, e
      FROM (SELECT * FROM posts ORDER BY created_at DESC, id DESC LIMIT ${events}) post
      JOIN users author ON author.id = post.user_id,
           activity_event('posted', post.created_at, author.id, author.username,
                          activity_post(post.id, author.id, author.username, post.content,
                                        post.metadata)) AS e
    ON CONFLICT DO NOTHING`;
  await sql`VACUUM ANALYZE outbox`;
}

async function documentsOf(sql: Sql): Promise<ActivityDocument[]> {
  const rows = await sql<{ id: string; event: ActivityEvent }[]>`SELECT id, event FROM outbox`;
  const now = new Date();
  return rows.map(({ id, event }) => toDocument({ ...event, id }, now));
}

async function insertAll(
  collection: Collection<ActivityDocument>,
  documents: readonly ActivityDocument[],
): Promise<void> {
  for (let at = 0; at < documents.length; at += BATCH) {
    await collection.insertMany(documents.slice(at, at + BATCH), {
      ordered: false,
      writeConcern: { w: 'majority', journal: true },
    });
  }
}

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (count / (performance.now() - started)) * 1_000;
}
