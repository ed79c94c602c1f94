import assert from 'node:assert/strict';
import { it } from 'node:test';
import { socialdb } from '../support/socialdb.js';
import { describeOnEachStore, eventOf } from './activity-stores.js';

describeOnEachStore('activity ttl', (activity) => {
  const run = (...args: string[]) =>
    socialdb(['activity', 'ttl', ...args], {
      env: { DATABASE_URL: activity.database.url, MONGODB_URL: activity.mongodbUrl },
    });

  it('is for ever until it is set, asks before events go, and is set for all', async () => {
    assert.match((await run()).stdout, /keeps events for ever/);
    await activity.store.insert([eventOf(1, { at: '2020-01-01T00:00:00.000000Z' })]);
    assert.match((await run('90d', '--dry-run')).stdout, /^1 event would go/);
    const asked = await run('90d');
    assert.deepEqual([asked.exitCode, await activity.store.ttlMs()], [2, undefined]);
    assert.match((await run('90d', '--yes')).stdout, /keeps events for 90 days/);
    const { store, ttlMs } = JSON.parse((await run('--json')).stdout);
    assert.deepEqual([store, ttlMs], [activity.store.name, 90 * 86_400_000]);
    await activity.clear();
    assert.match((await run('36h')).stdout, /keeps events for 36 hours/, 'nothing to ask about');
    assert.equal(JSON.parse((await run('off', '--json')).stdout).ttlMs, null);
  });

  it('refuses what is no time, or too short', async () => {
    for (const text of ['0d', '30s', 'never', '-1d', '9999w']) {
      const { exitCode, stderr } = await run('--yes', '--', text);
      assert.equal(exitCode, 2, text);
      assert.match(stderr, /It must be off, or like/);
    }
    assert.equal(await activity.store.ttlMs(), undefined);
  });
});
