import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { relayOnce } from '../../src/activity/relay.js';
import { randomOf } from '../support/interleaving.js';
import { describeOnEachStore } from './activity-stores.js';

const CHILD = fileURLToPath(new URL('restless-child.ts', import.meta.url));
/** Each is one kill -9; SOCIALDB_RUNS=1000 is the long form. */
const KILLS = Number(process.env.SOCIALDB_RUNS ?? 8);
const ROLES = ['writer', 'writer', 'relay', 'relay', 'relay'];

describeOnEachStore(`${KILLS} kills of writers and relays`, (activity) => {
  it('leave one event for every change, and none without', async (test) => {
    const random = randomOf(6);
    const start = async (role: string): Promise<ChildProcess> => {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', CHILD, role, activity.database.url, activity.mongodbUrl],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      test.after(() => child.kill('SIGKILL'));
      await once(child.stdout ?? child, 'data');
      return child;
    };
    const end = async (child: ChildProcess | undefined) => {
      assert.equal(child?.exitCode, null, 'it was at work when it was killed');
      child?.kill('SIGKILL');
      if (child) await once(child, 'exit');
    };
    const children = await Promise.all(ROLES.map(start));
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(random() * 100);
      const victim = Math.floor(random() * ROLES.length);
      await end(children[victim]);
      children[victim] = await start(ROLES[victim] ?? 'relay');
    }
    for (const child of children) await end(child);

    const { sql } = activity.database;
    // PostgreSQL has to notice each death before the rows that it held are free.
    while ((await relayOnce(sql, activity.store)).remaining > 0) await sleep(50);
    const rows = await sql<{ id: string }[]>`
      SELECT event ->> 'id' AS id FROM activity_source() ORDER BY 1`;
    const events = await activity.store.read({}, { order: 'oldest', limit: 1_000_000 });
    assert.ok(rows.length > KILLS, `${rows.length} changes`);
    assert.deepEqual(
      events.map(({ id }) => id).sort(),
      rows.map(({ id }) => id),
    );
  });
});
