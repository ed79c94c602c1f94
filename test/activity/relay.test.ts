import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeEach, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ActivityEvent } from '../../src/activity/event.js';
import { retryEvents } from '../../src/activity/outbox.js';
import { relayOnce } from '../../src/activity/relay.js';
import { describeOnEachStore } from './activity-stores.js';
import { join } from './joining.js';

const CHILD = fileURLToPath(new URL('relay-child.ts', import.meta.url));

describeOnEachStore('the relay', (activity) => {
  const sql = () => activity.database.sql;
  let before = 0;
  /** How many events the store has taken in this test. */
  const delivered = async () => (await activity.count()) - before;
  beforeEach(async () => {
    await sql()`TRUNCATE outbox, activity_backfill`;
    before = await activity.count();
  });

  it('carries each event once and empties the outbox', async () => {
    await join(sql(), 25);
    const events = await sql()<{ event: ActivityEvent }[]>`SELECT event FROM outbox`;
    const result = await relayOnce(sql(), activity.store, { batchSize: 10 });
    assert.deepEqual(result, {
      relayed: 25,
      remaining: 0,
      oldestAt: null,
      setAside: 0,
      setAsideOldestAt: null,
      lastError: null,
      backfill: [],
    });
    assert.equal(await delivered(), 25);
    const [first] = events;
    assert.ok(first);
    assert.deepEqual(await activity.store.find([first.event.id]), [first.event]);
  });

  it('takes an event that is there already for done', async () => {
    await join(sql(), 10);
    const events = await sql()<{ event: ActivityEvent }[]>`SELECT event FROM outbox LIMIT 5`;
    await activity.store.insert(events.map(({ event }) => event));
    const { relayed, remaining } = await relayOnce(sql(), activity.store);
    assert.deepEqual({ relayed, remaining }, { relayed: 10, remaining: 0 });
    assert.equal(await delivered(), 10);
  });

  it('may run ten times at once: nothing is lost, nothing is there twice', async () => {
    await join(sql(), 3_000);
    const relays = Array.from({ length: 10 }, () =>
      relayOnce(sql(), activity.store, { batchSize: 50 }),
    );
    const results = await Promise.all(relays);
    assert.equal(
      results.reduce((sum, { relayed }) => sum + relayed, 0),
      3_000,
    );
    assert.equal(await delivered(), 3_000);
  });

  it('killed between the store and the outbox has delivered exactly once', async () => {
    await join(sql(), 20);
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', CHILD, activity.database.url, activity.mongodbUrl],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    // PostgreSQL has to notice before the rows of the dead are free.
    let remaining = 20;
    while (remaining > 0) ({ remaining } = await relayOnce(sql(), activity.store));
    assert.equal(await delivered(), 20);
  });

  it('hands the events on before the outbox forgets them', async () => {
    await join(sql(), 3);
    const seen: string[] = [];
    await relayOnce(sql(), activity.store, {
      beforeDelete: async (events) => {
        // Another connection still sees the rows of the uncommitted deletion.
        const [row] = await sql()<{ count: number }[]>`SELECT count(*) FROM outbox`;
        assert.equal(row?.count, 3);
        seen.push(...events.map(({ type }) => type));
        return true;
      },
    });
    assert.deepEqual(seen, ['joined', 'joined', 'joined']);
  });

  it('keeps the events for another try when whoever they are handed to says so', async () => {
    await join(sql(), 3);
    const kept = await relayOnce(sql(), activity.store, { beforeDelete: async () => false });
    assert.deepEqual([kept.relayed, kept.remaining], [0, 3]);
    assert.equal(await delivered(), 3);
    await sql()`UPDATE outbox SET retry_at = '-infinity'`;
    const gone = await relayOnce(sql(), activity.store, { beforeDelete: async () => true });
    assert.deepEqual([gone.relayed, gone.remaining], [3, 0], 'none is counted twice');
    assert.equal(await delivered(), 3);
  });

  it('keeps the events when whoever they are handed to fails', async () => {
    await join(sql(), 3);
    const beforeDelete = () => Promise.reject(new Error('no cache'));
    await assert.rejects(relayOnce(sql(), activity.store, { beforeDelete }), /no cache/);
    assert.equal((await relayOnce(sql(), activity.store)).relayed, 3);
    assert.equal(await delivered(), 3);
  });

  it('does not wait for an open transaction, whose events come when it commits', async () => {
    let commit = () => {};
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let begun = () => {};
    const open = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const writer = sql().begin(async (transaction) => {
      await join(transaction, 1);
      begun();
      await held;
    });
    await open;
    await join(sql(), 10);
    assert.equal((await relayOnce(sql(), activity.store)).relayed, 10);
    commit();
    await writer;
    assert.equal((await relayOnce(sql(), activity.store)).relayed, 1);
    assert.equal(await delivered(), 11);
  });

  it('sets a poison event aside after five tries; the others go on', async () => {
    await join(sql(), 10);
    await sql()`
      INSERT INTO outbox (id, event) VALUES
        ('00000000-0000-4000-8000-00000000dead', '{"type": "posted", "at": "2026-11-23T15:09:15.000000Z"}')`;
    const tries = [await relayOnce(sql(), activity.store)];
    for (let attempt = 2; attempt <= 5; attempt++) {
      // Not yet: the next try has to wait.
      assert.equal((await relayOnce(sql(), activity.store)).remaining, 1);
      await sql()`UPDATE outbox SET retry_at = now() WHERE retry_at < 'infinity'`;
      tries.push(await relayOnce(sql(), activity.store));
    }
    assert.deepEqual(
      tries.map(({ relayed, remaining, setAside }) => [relayed, remaining, setAside]),
      [
        [10, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    );
    assert.ok(tries[4]?.lastError);
    assert.match(tries[4]?.setAsideOldestAt ?? '', /^\d{4}-.*Z$/);
    assert.equal(tries[4]?.oldestAt, null);
    assert.match(tries[0]?.oldestAt ?? '', /^\d{4}-.*Z$/);
    assert.equal(await delivered(), 10);
  });

  it('delivers what was set aside when the cause is gone', async () => {
    await join(sql(), 1);
    await sql()`UPDATE outbox SET attempts = 5, retry_at = 'infinity', error = 'refused'`;
    assert.equal((await relayOnce(sql(), activity.store)).setAside, 1);
    assert.equal(await retryEvents(sql()), 1);
    assert.equal((await relayOnce(sql(), activity.store)).relayed, 1);
  });

  it('stops between two batches when its time is up', async () => {
    await join(sql(), 30);
    const result = await relayOnce(sql(), activity.store, { budgetMs: 0, batchSize: 10, lanes: 1 });
    assert.deepEqual([result.relayed, result.remaining], [10, 20]);
  });
});
