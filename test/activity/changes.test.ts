import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { mongodbStore } from '../../src/activity/mongodb-store.js';
import { follow } from '../../src/activity/tail.js';
import { eventOf } from './activity-stores.js';

/** A server of MongoDB's protocol that has change streams. */
const URL_OF_SERVER = process.env.SOCIALDB_TEST_CHANGE_STREAMS_URL;
const WRITERS = 8;
const BATCHES = 25;
/** Longer than the test: what is shown was told by the store. */
const NEVER_MS = 3_600_000;

const skip = URL_OF_SERVER ? false : 'no change streams: set SOCIALDB_TEST_CHANGE_STREAMS_URL';
describe('activity tail --follow on change streams', { skip, timeout: 120_000 }, () => {
  let client: MongoClient;
  before(async () => {
    client = await MongoClient.connect(URL_OF_SERVER ?? '');
  });
  after(async () => {
    await client.db(`socialdb_changes_${process.pid}`).dropDatabase();
    await client.close();
  });

  it('shows each event once when the store tells of it, without looking by the clock', async (test) => {
    const store = mongodbStore(client.db(`socialdb_changes_${process.pid}`));
    await store.insert([eventOf(0)]);
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, test.signal]);
    const onFailure = (error: unknown) => {
      throw error;
    };
    const seen: string[] = [];
    const following = (async () => {
      const pages = follow(store, {}, { lines: undefined, signal, onFailure, pollMs: NEVER_MS });
      for await (const page of pages) seen.push(...page.map(({ id }) => id));
    })();
    // The stream is open once it has told of one of these.
    let n = 1;
    for (; seen.length < 2; n++) {
      await store.insert([eventOf(n)]);
      await sleep(100, undefined, { signal });
    }
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        for (let batch = 0; batch < BATCHES; batch++) {
          await store.insert(Array.from({ length: 5 }, () => eventOf(n++)));
        }
      }),
    );
    while (seen.length < n) await sleep(20, undefined, { signal });
    await sleep(200);
    stop.abort();
    await following;
    const expected = Array.from({ length: n }, (_, at) => eventOf(at).id);
    assert.deepEqual(seen.toSorted(), expected.toSorted());
  });
});
