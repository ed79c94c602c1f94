import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MongoClient } from 'mongodb';
import { nudgeRelay } from '../../src/activity/nudge.js';
import { withActivityStore } from '../../src/activity/open.js';
import { relayOnce } from '../../src/activity/relay.js';
import { verifyActivity } from '../../src/activity/verify.js';
import { addUser } from '../../src/social/accounts.js';
import { createPost } from '../../src/social/posts.js';
import { servers, useDatabase } from '../support/database.js';
import { openStores, type TestStores } from '../support/stores.js';
import { mongodbUrlOf } from './activity-stores.js';
import { type Door, openDoor } from './door.js';

/** `npm run test:outage` is the long form: 10,000 writes. */
const WRITES = Number(process.env.SOCIALDB_RUNS ?? 60);
/** Writes with MongoDB up, before and after, to compare with. */
const COMPARED = Math.min(WRITES, 1_000);

const skip = servers.mongodbUrl ? false : 'no MongoDB: set SOCIALDB_TEST_MONGODB_URL';
describe(`${WRITES} writes while MongoDB is stopped`, { skip }, () => {
  const database = useDatabase();
  const behind = new URL(mongodbUrlOf(`socialdb_outage_${process.pid}`));
  let door: Door;
  let stores: TestStores;
  before(async () => {
    door = await openDoor(behind);
    stores = openStores({ databaseUrl: database.url, mongodbUrl: door.url });
    await addUser(database.sql, 'alice', 'alice@example.org');
  });
  after(async () => {
    await stores.close();
    await door.close();
    const client = await MongoClient.connect(behind.href);
    await client.db().dropDatabase();
    await client.close();
  });

  /** Writes as a command does, the relay's short while included. Returns the median, milliseconds. */
  async function write(posts: number): Promise<number> {
    const took: number[] = [];
    for (let n = 0; n < posts; n++) {
      const started = performance.now();
      await createPost(stores, { author: 'alice', content: `post ${n}` });
      await nudgeRelay(stores);
      took.push(performance.now() - started);
    }
    return took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
  }
  const relay = () => withActivityStore(stores, 20_000, (store) => relayOnce(database.sql, store));

  it('all are there once it is started, each once', async (test) => {
    const up = await write(COMPARED);
    await relay();
    const warnings = stores.warnings.length;

    await door.close();
    const down = await write(WRITES);
    const [waiting] = await database.sql<{ count: number }[]>`SELECT count(*) FROM outbox`;
    assert.equal(waiting?.count, WRITES);
    assert.equal(stores.warnings.length - warnings, WRITES, 'each told that its event waits');

    await door.open();
    const { relayed, remaining } = await relay();
    assert.deepEqual([relayed, remaining], [WRITES, 0]);
    const again = await write(COMPARED);
    await relay();
    await withActivityStore(stores, 20_000, async (store) => {
      assert.equal(await store.countBefore('9999'), 1 + WRITES + 2 * COMPARED);
      for (const { name, wrong } of await verifyActivity(database.sql, store)) {
        assert.equal(wrong, 0, name);
      }
    });
    const figures = [up, down, again].map((ms) => `${ms.toFixed(2)} ms`);
    test.diagnostic(
      `median of a write: up ${figures[0]}, stopped ${figures[1]}, up again ${figures[2]}`,
    );
  });
});
