import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { copyActivity, isLeftBehind } from '../../src/activity/copy.js';
import { postgresStore } from '../../src/activity/postgres-store.js';
import type { ActivityStore } from '../../src/activity/store.js';
import { InterruptedError } from '../../src/errors.js';
import { useDatabase } from '../support/database.js';
import { socialdb } from '../support/socialdb.js';
import { describeOnEachStore, eventOf } from './activity-stores.js';

const EVENTS = Array.from({ length: 2_500 }, (_, n) => eventOf(n + 1));

describeOnEachStore('a copy of the activity stream, from PostgreSQL', (target) => {
  const database = useDatabase();
  const origin = () => postgresStore(database.sql);
  const kept = async () => await origin().countBefore('infinity');
  beforeEach(async () => {
    await database.sql`TRUNCATE activity`;
    await target.clear();
    await origin().insert(EVENTS);
  });

  it('brings every event over, and changes nothing when it is done again', async () => {
    assert.equal(await isLeftBehind(origin(), target.store), true);
    const all = { events: 2_500, there: 2_500, refused: [] };
    assert.deepEqual(await copyActivity(origin(), target.store), { ...all, copied: 2_500 });
    assert.deepEqual(await copyActivity(origin(), target.store), { ...all, copied: 0 });
    assert.equal(await target.count(), 2_500);
    assert.deepEqual(await target.store.find([EVENTS[7]?.id ?? '']), [EVENTS[7]]);
    assert.equal(await isLeftBehind(origin(), target.store), false);
  });

  it('goes on where it was interrupted', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    const half = copyActivity(origin(), target.store, { signal: stop.signal, onProgress });
    await assert.rejects(half, InterruptedError);
    assert.equal(await target.count(), 1_000);
    const { copied, there } = await copyActivity(origin(), target.store);
    assert.deepEqual([copied, there], [1_500, 2_500]);
  });

  it('takes along what arrives meanwhile, whenever it happened', async () => {
    const late = [eventOf(9_001, { at: '1999-12-31T23:59:59.000000Z' }), eventOf(9_002)];
    let first = true;
    const { events, there } = await copyActivity(origin(), target.store, {
      onThere: async () => {
        if (first) await origin().insert(late);
        first = false;
      },
    });
    assert.deepEqual([events, there], [2_502, 2_502]);
    assert.equal((await target.store.known(late.map(({ id }) => id))).length, 2);
  });

  it('tells what the target did not take, and does not count it', async () => {
    const choosy: ActivityStore = {
      ...target.store,
      insert: async (events) => {
        const [first, ...others] = events;
        await target.store.insert(others);
        return [{ id: first?.id ?? '', reason: 'not this one' }];
      },
    };
    const removed: string[] = [];
    const { copied, there, refused } = await copyActivity(origin(), choosy, {
      onThere: async (ids) => void removed.push(...ids),
    });
    assert.deepEqual([copied, there, refused.length, removed.length], [2_497, 2_497, 3, 2_497]);
    assert.ok(!removed.includes(refused[0]?.id ?? ''));
  });

  it('leaves out what would expire at once', async () => {
    await target.store.setTtl(60_000);
    const young = eventOf(9_003, { at: new Date().toISOString().replace('Z', '000Z') });
    await origin().insert([young]);
    const { events, copied } = await copyActivity(origin(), target.store);
    await target.store.setTtl(undefined);
    assert.deepEqual([events, copied], [1, 1]);
  });

  it('by command: copies, and only then removes', {
    skip: !target.mongodbUrl && 'it goes to MongoDB',
  }, async () => {
    const env = { DATABASE_URL: database.url, MONGODB_URL: target.mongodbUrl };
    const run = (...args: string[]) => socialdb(['activity', ...args], { env });
    assert.match(
      (await run('tail')).stderr,
      /PostgreSQL holds earlier activity: socialdb activity copy/,
    );
    const copied = await run('copy', '--to', 'mongodb', '--json');
    assert.equal(copied.exitCode, 0, copied.stderr);
    const result = { from: 'postgresql', to: 'mongodb', events: 2_500, there: 2_500, refused: [] };
    assert.deepEqual(JSON.parse(copied.stdout), { ...result, copied: 2_500, removed: 0 });
    assert.equal(await kept(), 2_500);
    assert.doesNotMatch((await run('tail')).stderr, /earlier activity/);
    assert.equal((await run('copy', '--to', 'mongodb', '--remove')).exitCode, 2, 'nobody to ask');
    const removed = await run('copy', '--to', 'mongodb', '--remove', '--yes', '--json');
    assert.deepEqual(JSON.parse(removed.stdout), { ...result, copied: 0, removed: 2_500 });
    assert.equal(await kept(), 0);
    assert.equal(await target.count(), 2_500);
  });
});

describe('a copy without a MongoDB', () => {
  const database = useDatabase();

  it('says what to set', async () => {
    const { stderr, exitCode } = await socialdb(['activity', 'copy', '--to', 'mongodb'], {
      env: { DATABASE_URL: database.url },
    });
    assert.equal(exitCode, 1);
    assert.match(stderr, /set MONGODB_URL/);
  });
});
