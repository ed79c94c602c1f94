import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { drain } from '../../src/activity/relay.js';
import { follow } from '../../src/activity/tail.js';
import { socialdb } from '../support/socialdb.js';
import { describeOnEachStore, eventOf } from './activity-stores.js';
import { join } from './joining.js';

/** These stores are up all the time. */
const onFailure = (error: unknown) => {
  throw error;
};
/** What never comes is a failure, not a test without an end. */
const PATIENCE = { timeout: 600_000 };
/** Of five events, by each of eight writers; `npm run test:follow` is the long form, 5,000 events. */
const BATCHES = Math.ceil(Number(process.env.SOCIALDB_RUNS ?? 600) / 40);
const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

describeOnEachStore('activity tail', (activity) => {
  const env = () => ({ DATABASE_URL: activity.database.url, MONGODB_URL: activity.mongodbUrl });
  const run = (...args: string[]) => socialdb(['activity', 'tail', ...args], { env: env() });
  const idsOf = (stdout: string) =>
    stdout.split('\n').flatMap((line) => (line ? [JSON.parse(line).id as string] : []));

  it('says what to do where there is nothing yet, and which store that is', async () => {
    const { stdout, stderr, exitCode } = await run();
    assert.deepEqual([stdout, exitCode], ['', 0]);
    assert.match(stderr, activity.mongodbUrl ? /^from MongoDB$/m : /^from PostgreSQL$/m);
    assert.match(stderr, /Try: socialdb follow/);
  });

  it('tells of events that wait in the outbox', async () => {
    await join(activity.database.sql, 3);
    assert.match((await run()).stderr, /3 events wait in the outbox: socialdb activity relay/);
    assert.equal((await socialdb(['activity', 'relay', '--quiet'], { env: env() })).exitCode, 0);
    assert.equal((await run('--json')).stdout.trim().split('\n').length, 3);
  });

  it('shows the newest, oldest first, a sentence each', async () => {
    const bob = { id: '00000000-0000-4000-8000-0000000000b0', name: 'bob' };
    const at = (minute: number) => `2027-01-01T00:${String(minute).padStart(2, '0')}:00.000000Z`;
    const events = [
      eventOf(1, { at: at(1), type: 'joined', object: { kind: 'user', ...bob }, actor: bob }),
      eventOf(2, { at: at(2), type: 'followed', object: { kind: 'user', ...bob } }),
      eventOf(3, { at: at(3), type: 'posted' }),
      eventOf(4, { at: at(4), type: 'liked', actor: bob }),
      eventOf(5, {
        at: at(5),
        type: 'commented',
        object: {
          kind: 'comment',
          id: bob.id,
          excerpt: 'esc \u001b[31m\nand a second line',
          post: { id: bob.id, author: bob },
        },
      }),
      eventOf(6, { at: at(6), type: 'deleted', object: { kind: 'user', ...bob }, actor: bob }),
    ];
    await activity.store.insert(events);
    const { stdout } = await run('-n', '6');
    const sentences = stdout.trimEnd().split('\n');
    assert.deepEqual(
      sentences.map((line) => line.trim().replace(/^\S+ \S+ +/, '')),
      [
        'bob joined',
        'alice followed bob',
        'alice posted “post 3”',
        "bob liked alice's post “post 4”",
        "alice commented on bob's post “esc ␛[31m and a second line”",
        'bob deleted their account',
      ],
    );
    assert.deepEqual(
      idsOf((await run('-n', '2', '--json')).stdout),
      events.slice(4).map(({ id }) => id),
    );
    const [line = ''] = (await run('-n', '1', '--json')).stdout.split('\n');
    const { id, type, actor, object, at: time } = JSON.parse(line);
    assert.deepEqual({ id, type, actor, object, at: time, v: 1 }, events[5]);
  });

  it('goes by type, user and time', async () => {
    const ids = async (...args: string[]) => idsOf((await run('--json', ...args)).stdout);
    const id = (n: number) => eventOf(n).id;
    assert.deepEqual(await ids('--type', 'liked'), [id(4)]);
    assert.deepEqual(await ids('--type', 'liked', '--type', 'posted'), [id(3), id(4)]);
    assert.deepEqual(await ids('--since', '2027-01-01T00:05Z'), [id(5), id(6)]);
    assert.deepEqual(await ids('--since', '2027-01-01T00:05Z', '-n', '1'), [id(6)]);
    const [user] = await activity.database.sql`SELECT id, username FROM users LIMIT 1`;
    assert.equal((await ids('--user', `@${user?.username}`)).length, 1);
    // Somebody who is gone, whom only the stream remembers.
    const { actor } = eventOf(1);
    assert.deepEqual(await ids('--user', actor.id), [id(2), id(3), id(5)]);
  });

  it('refuses what it does not know', async () => {
    assert.equal((await run('--type', 'sang')).exitCode, 2);
    assert.equal((await run('--since', 'yesterday')).exitCode, 2);
    assert.equal((await run('--lines', '-1')).exitCode, 2);
    assert.equal((await run('--user', 'nobody')).exitCode, 1);
  });

  it(
    '--follow shows each event once, whatever the order in which they arrive',
    PATIENCE,
    async (test) => {
      const { sql } = activity.database;
      const before = await activity.count();
      const stop = new AbortController();
      const seen: string[] = [];
      const following = (async () => {
        for await (const page of follow(
          activity.store,
          {},
          { lines: 0, signal: AbortSignal.any([stop.signal, test.signal]), onFailure, pollMs: 20 },
        )) {
          seen.push(...page.map(({ id }) => id));
        }
      })();
      await sleep(200);
      let writing = true;
      const relays = Array.from({ length: 3 }, async () => {
        while (writing) await drain(sql, activity.store, { batchSize: 7, lanes: 1 });
      });
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          for (let batch = 0; batch < BATCHES; batch++) {
            await sql.begin(async (transaction) => {
              await join(transaction, 5);
              // Commits in another order than the events are dated.
              await sleep(((writer * 7 + batch * 3) % 5) * 10);
            });
          }
        }),
      );
      await drain(sql, activity.store, {});
      writing = false;
      await Promise.all(relays);
      await activity.store.insert([eventOf(99, { at: '2001-01-01T00:00:00.000000Z' })]);
      const expected = (await activity.count()) - before;
      while (seen.length < expected) await sleep(50, undefined, { signal: test.signal });
      await sleep(200);
      stop.abort();
      await following;
      assert.equal(new Set(seen).size, seen.length, 'none twice');
      assert.equal(seen.length, expected, 'none lost');
      test.diagnostic(`${seen.length} events shown, each once`);
    },
  );

  it(
    '--follow does not miss what a slow relay brings after a quick one',
    PATIENCE,
    async (test) => {
      const stop = new AbortController();
      const options = {
        lines: 0,
        signal: AbortSignal.any([stop.signal, test.signal]),
        onFailure,
        pollMs: 10,
      };
      const pages = follow(activity.store, { types: ['unliked'] }, options);
      await pages.next();
      const taken = await activity.store.now();
      for (const [n, arrivedMs] of [
        [201, taken],
        [202, taken - 4_000],
        [203, taken - 1],
      ] as const) {
        const event = eventOf(n, { type: 'unliked' });
        await activity.store.insert([event]);
        await activity.stamp(event.id, arrivedMs);
        assert.deepEqual((await pages.next()).value, [event]);
      }
      stop.abort();
      assert.equal((await pages.next()).done, true);
    },
  );

  it('--follow ends with exit 130 at Ctrl-C', PATIENCE, async (test) => {
    const child = spawn(process.execPath, [BINARY, 'activity', 'tail', '-f', '-n', '1', '--json'], {
      env: { ...process.env, REDIS_URL: '', ...env() },
      stdio: ['ignore', 'pipe', 'ignore'],
      signal: test.signal,
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    await once(child.stdout, 'data');
    const late = eventOf(100, { at: '2027-02-01T00:00:00.000000Z' });
    await activity.store.insert([late]);
    while (!stdout.includes(late.id)) await sleep(50, undefined, { signal: test.signal });
    child.kill('SIGINT');
    const [exitCode] = await once(child, 'exit');
    assert.equal(exitCode, 130);
    assert.deepEqual(idsOf(stdout), [eventOf(6).id, late.id]);
  });
});
