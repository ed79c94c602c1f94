import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type RelayStatus, watchRelay } from '../../src/activity/watch.js';
import { type Config, readConfig } from '../../src/config.js';
import { describeOnEachStore } from './activity-stores.js';
import { openDoor } from './door.js';
import { join } from './joining.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
/** What never comes is a failure, not a test without an end. */
const PATIENCE = { timeout: 60_000 };

describeOnEachStore('activity relay --watch', (activity) => {
  it('relays until it is told to stop, and tells how it stands', PATIENCE, async (test) => {
    await join(activity.database.sql, 5);
    const child = spawn(process.execPath, [BINARY, 'activity', 'relay', '--watch', '--json'], {
      env: {
        ...process.env,
        DATABASE_URL: activity.database.url,
        REDIS_URL: '',
        MONGODB_URL: activity.mongodbUrl,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
      signal: test.signal,
    });
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    const { at, ...status } = JSON.parse(line);
    assert.match(at, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(status, {
      store: activity.store.name,
      relayed: 5,
      remaining: 0,
      oldestAt: null,
      setAside: 0,
      setAsideOldestAt: null,
      lastError: null,
      backfill: [],
    });
    await join(activity.database.sql, 2);
    while ((await activity.count()) < 7) await sleep(50, undefined, { signal: test.signal });
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [130, null]);
  });

  it('goes on when a store that was down comes back', PATIENCE, async (test) => {
    const { sql, url } = activity.database;
    const target = new URL(activity.mongodbUrl || url);
    const door = await openDoor(target);
    test.after(() => door.close());
    await door.close();
    target.href = door.url;
    const config = configOf(
      activity.mongodbUrl
        ? { databaseUrl: url, mongodbUrl: target.href }
        : { databaseUrl: target.href },
    );
    const stop = new AbortController();
    const before = await activity.count();
    const troubles: string[] = [];
    const statuses: RelayStatus[] = [];
    await join(sql, 3);
    await watchRelay(config, {
      signal: AbortSignal.any([stop.signal, test.signal]),
      onTrouble(problem) {
        troubles.push(problem);
        void door.open();
      },
      onStatus(status) {
        statuses.push(status);
        stop.abort();
      },
      pollMs: 50,
    });
    assert.equal(troubles.length, 1);
    assert.match(troubles[0] ?? '', /does not answer|refuses connections/);
    assert.equal(statuses[0]?.relayed, 3);
    assert.equal((await activity.count()) - before, 3);
  });

  it('ends where waiting does not help', PATIENCE, async (test) => {
    const { sql, url } = activity.database;
    await sql`ALTER TABLE outbox RENAME TO elsewhere`;
    test.after(() => sql`ALTER TABLE elsewhere RENAME TO outbox`);
    const config = configOf({ databaseUrl: url, mongodbUrl: activity.mongodbUrl });
    const told = { onStatus: () => {}, onTrouble: () => {} };
    await assert.rejects(watchRelay(config, { signal: test.signal, ...told }), /outbox/);
  });
});

function configOf(urls: { databaseUrl: string; mongodbUrl?: string }): Config {
  const { databaseUrl, mongodbUrl = '' } = urls;
  return readConfig({ DATABASE_URL: databaseUrl, MONGODB_URL: mongodbUrl }, {}, {});
}
