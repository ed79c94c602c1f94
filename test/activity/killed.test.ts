import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { relayOnce } from '../../src/activity/relay.js';
import type { ActivityStore } from '../../src/activity/store.js';
import { history } from '../../src/activity/tail.js';
import { verifyActivity } from '../../src/activity/verify.js';
import { addUser } from '../../src/social/accounts.js';
import type { Sql } from '../../src/stores/postgres.js';
import { randomOf } from '../support/interleaving.js';
import { describeOnEachStore } from './activity-stores.js';

const CHILD = fileURLToPath(new URL('restless-child.js', import.meta.url));
/** Each is one kill -9; `npm run test:killed` is the long form. */
const KILLS = Number(process.env.SOCIALDB_RUNS ?? 8);
const ROLES = ['writer', 'writer', 'relay', 'relay', 'relay'];

/** What restless-child.js does with an account, and of which sources it has rows after each step. */
const LIVES: readonly [event: string, rows: string][] = [
  ['joined', 'users'],
  ['posted', 'posts users'],
  ['liked', 'likes posts users'],
  ['commented', 'comments likes posts users'],
  ['followed', 'comments followers likes posts users'],
  ['unliked', 'comments followers posts users'],
  ['unfollowed', 'comments posts users'],
  ['deleted', 'users'],
];

/** What the stream tells of each account: the types of its events, in the order of time. */
async function toldOf(store: ActivityStore): Promise<Map<string, string[]>> {
  const told = new Map<string, string[]>();
  for await (const page of history(store, {}, undefined)) {
    for (const { event } of page) {
      told.set(event.actor.id, [...(told.get(event.actor.id) ?? []), event.type]);
    }
  }
  return told;
}

/** Of which sources each account has rows. */
async function rowsOf(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ actor: string; sources: string }[]>`
    SELECT actor_id AS actor, string_agg(source, ' ' ORDER BY source) AS sources
      FROM activity_source() GROUP BY 1`;
  return new Map(rows.map(({ actor, sources }) => [actor, sources]));
}

describeOnEachStore(`${KILLS} kills of writers and relays`, (activity) => {
  it('leave one event for every change, and none without', async (test) => {
    const { sql, url } = activity.database;
    await addUser(sql, 'star', 'star@example.org');
    const random = randomOf(6);
    const start = async (role: string): Promise<ChildProcess> => {
      const child = spawn(process.execPath, [CHILD, role, url, activity.mongodbUrl], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const gone = once(child, 'exit').then(() => assert.fail('it died by itself'));
      await Promise.race([once(child.stdout ?? child, 'data'), gone]);
      gone.catch(() => {});
      return child;
    };
    const end = async (starting: Promise<ChildProcess> | undefined) => {
      const child = await starting;
      assert.equal(child?.exitCode, null, 'it was at work when it was killed');
      child?.kill('SIGKILL');
      if (child) await once(child, 'exit');
    };
    const children = ROLES.map(start);
    test.after(() => Promise.all(children.map(async (child) => (await child).kill('SIGKILL'))));
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(random() * 100);
      const victim = Math.floor(random() * ROLES.length);
      await end(children[victim]);
      children[victim] = start(ROLES[victim] ?? 'relay');
    }
    await Promise.all(children);
    // However slow the machine is, enough was done for the kills to mean something.
    while ((await rowsOf(sql)).size <= KILLS) await sleep(20);
    for (const child of children) await end(child);

    // PostgreSQL has to notice each death before the rows that it held are free.
    while ((await relayOnce(sql, activity.store)).remaining > 0) await sleep(50);
    const [told, rows] = [await toldOf(activity.store), await rowsOf(sql)];
    assert.equal(told.size, rows.size);
    for (const [account, types] of told) {
      // The steps so far without a gap, a repeat or one too many, and the rows as they leave them.
      assert.deepEqual(
        types,
        LIVES.slice(0, types.length).map(([event]) => event),
      );
      assert.equal(rows.get(account), LIVES[types.length - 1]?.[1]);
    }
    for (const { name, wrong } of await verifyActivity(sql, activity.store)) {
      assert.equal(wrong, 0, name);
    }
    const changes = [...told.values()].reduce((sum, types) => sum + types.length, 0);
    test.diagnostic(`${KILLS} kills, ${changes} changes, ${told.size} accounts`);
  });
});
