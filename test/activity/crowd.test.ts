import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { drain, relayOnce } from '../../src/activity/relay.js';
import { history } from '../../src/activity/tail.js';
import { verifyActivity } from '../../src/activity/verify.js';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import { randomOf } from '../support/interleaving.js';
import { describeOnEachStore } from './activity-stores.js';
import { join } from './joining.js';

/** `npm run test:crowd` is the long form: 100,000 events, and a transaction that is open for a minute. */
const EVENTS = Number(process.env.SOCIALDB_RUNS ?? 3_000);
const [WRITERS, RELAYS, AT_ONCE] = [30, 10, 10];
const OPEN_MS = EVENTS >= 100_000 ? 60_000 : 2_000;

describeOnEachStore(`${EVENTS} events of ${WRITERS} writers, by ${RELAYS} relays`, (activity) => {
  let writers: Sql;
  let relays: Sql;
  before(() => {
    const { url } = activity.database;
    writers = openPostgres(url, { timeoutMs: 1_800_000, max: WRITERS + 1 });
    relays = openPostgres(url, { timeoutMs: 60_000, max: RELAYS });
  });
  after(() => Promise.all([writers.end({ timeout: 1 }), relays.end({ timeout: 1 })]));

  it('arrive once each, and a transaction that stays open holds up nobody', async (test) => {
    const { sql } = activity.database;
    const random = randomOf(6);
    let late: string[] = [];
    let commit = () => {};
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const patient = writers.begin(async (transaction) => {
      await join(transaction, 3);
      const own = await transaction<{ id: string }[]>`SELECT id FROM outbox`;
      late = own.map(({ id }) => id);
      await Promise.all([held, sleep(OPEN_MS)]);
    });
    while (late.length === 0) await sleep(5);

    let left = EVENTS;
    const writing = Array.from({ length: WRITERS }, async () => {
      while (left > 0) {
        const events = Math.min(left, 1 + Math.floor(random() * AT_ONCE));
        left -= events;
        await writers.begin((transaction) => join(transaction, events));
      }
    });
    let done = false;
    const relaying = Array.from({ length: RELAYS }, async () => {
      while (!done)
        if ((await drain(relays, activity.store, { batchSize: 100, lanes: 1 })) === 0)
          await sleep(20);
    });
    const started = performance.now();
    await Promise.all(writing);
    // All of the others arrive while the one is still open.
    while ((await activity.count()) < EVENTS) await sleep(50);
    const seconds = (performance.now() - started) / 1_000;
    test.diagnostic(
      `${EVENTS} events arrived within ${seconds.toFixed(1)} s, while one transaction was open`,
    );
    assert.deepEqual(await activity.store.known(late), []);
    commit();
    await patient;
    while ((await activity.store.known(late)).length < late.length) await sleep(20);
    done = true;
    await Promise.all(relaying);

    assert.equal((await relayOnce(sql, activity.store)).remaining, 0);
    const seen = new Set<string>();
    let events = 0;
    for await (const page of history(activity.store, {}, undefined)) {
      events += page.length;
      for (const { id } of page) seen.add(id);
    }
    assert.deepEqual([events, seen.size], [EVENTS + 3, EVENTS + 3]);
    for (const { name, wrong } of await verifyActivity(sql, activity.store)) {
      assert.equal(wrong, 0, name);
    }
  });
});
