import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LostWrite } from '../../src/stores/postgres-failure.js';
import { useDatabase } from '../support/database.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { randomOf } from '../support/interleaving.js';
import { addPeople, driftedCounters } from '../support/people.js';
import { openStores } from '../support/stores.js';
import { type Deed, deedsOf } from './deeds.js';

/** Each is a connection that dies around COMMIT; `npm run test:commits` is the long form. */
const DEATHS = Number(process.env.SOCIALDB_RUNS ?? 60);
const KINDS = ['terminated', 'cut before COMMIT', 'cut after COMMIT', 'cut anywhere'] as const;
/** Messages that one write sends, and milliseconds that it takes, more or less. */
const LENGTH = 12;

type Report = { changed: boolean } | { error: string; unknown: boolean };

describe(`${DEATHS} connections that die around COMMIT`, () => {
  const database = useDatabase();
  let proxy: FaultProxy;
  before(async () => {
    proxy = await startFaultProxy(database.url);
  });
  after(() => proxy.close());

  it('make no write tell what is not so', async (t) => {
    const { sql } = database;
    await addPeople(sql, 'alice', 'bob');
    const random = randomOf(11);
    const nextDeed = deedsOf(sql, random);
    const tally: Record<string, number> = {};
    const wrong: string[] = [];
    for (let death = 0; death < DEATHS; death++) {
      const deed = await nextDeed();
      const kind = KINDS[Math.floor(random() * KINDS.length)] ?? 'terminated';
      const was = await deed.isThere();
      const report = await reportOf(deed, kind, random() * LENGTH);
      await allQuiet();
      const is = await deed.isThere();
      const told = 'changed' in report ? `changed: ${report.changed}` : 'an error';
      tally[`${kind}: ${told}`] = (tally[`${kind}: ${told}`] ?? 0) + 1;
      if (!isTrue(report, { was, is, wanted: deed.wanted })) {
        wrong.push(`${deed.name}, ${kind}: ${JSON.stringify(report)}, was ${was}, is ${is}`);
      }
    }
    for (const [what, times] of Object.entries(tally).sort()) t.diagnostic(`${what}: ${times}`);
    assert.deepEqual(wrong, []);
    assert.deepEqual(await driftedCounters(sql), []);
  });

  /** Runs a write whose connection dies once; a second one lives. */
  async function reportOf(deed: Deed, kind: (typeof KINDS)[number], when: number): Promise<Report> {
    const stores = openStores({ databaseUrl: `${proxy.url}?application_name=victim` });
    let messages = 0;
    let cut = kind === 'terminated';
    proxy.onRequest((bytes) => {
      const commits = /\bcommit\0/.test(bytes.toString('latin1'));
      if (cut || (kind === 'cut anywhere' ? ++messages < when : !commits)) return 'pass';
      cut = true;
      return kind === 'cut before COMMIT' ? 'cut before' : 'cut after';
    });
    const terminated = kind === 'terminated' && terminate(when);
    try {
      const { changed } = await deed.run(stores);
      return { changed };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const unknown = error instanceof LostWrite && error.check !== undefined;
      return { error: error.message, unknown };
    } finally {
      await terminated;
      proxy.onRequest(() => 'pass');
      await stores.close();
    }
  }

  async function terminate(afterMs: number): Promise<void> {
    await sleep(afterMs);
    await database.sql`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'victim'`;
  }

  /** What was cut off may still be at work. */
  async function allQuiet(): Promise<void> {
    for (;;) {
      const [left] = await database.sql<{ victims: number }[]>`
        SELECT count(*) AS victims FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'victim' AND state <> 'idle'`;
      if (!left?.victims) return;
      await sleep(5);
    }
  }
});

function isTrue(
  report: Report,
  { was, is, wanted }: { was: boolean; is: boolean; wanted: boolean },
): boolean {
  // The server is there all the time, so it can always be told.
  if ('error' in report) return is === was && !report.unknown;
  return is === wanted && report.changed === (was !== wanted);
}
