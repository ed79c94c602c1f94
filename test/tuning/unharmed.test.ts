import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { explainFeed } from '../../src/tuning/subjects.js';
import { catalogOf } from '../support/catalog.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
const INDEX = 'idx_posts_newest';
/** Where the index of each side is, as the session of the comparison sees it. */
const SEEN_AT = { catalog: INDEX, lock: INDEX, copy: `pg_temp.${INDEX}` };

describe('a database that is asked what an index buys', () => {
  const database = useDatabase();
  before(() => addNetwork(database.sql, { users: 200, follows: 2_000, posts: 20_000, seed: 0.9 }));

  for (const technique of ['catalog', 'copy', 'lock'] as const) {
    for (const side of ['without', 'with'] as const) {
      it(`is as it was when ${technique} is killed in the leg ${side} the index`, async () => {
        const before = await catalogOf(database.sql);
        const child = compare(technique, sleepingOn(side, SEEN_AT[technique]));
        await until(async () => (await sleepers()) === 1);
        assert.deepEqual(await catalogOf(database.sql), before);
        child.kill('SIGKILL');
        await until(async () => (await sleepers()) === 0);
        assert.deepEqual(await catalogOf(database.sql), before);
        assert.deepEqual(await leftovers(), []);
      });
    }
  }

  for (const technique of ['catalog', 'copy']) {
    it(`is read and written without a wait for any lock while ${technique} compares`, async (test) => {
      let comparing = true;
      const compared = explainFeed(database.sql, {
        limitMs: 60_000,
        compareIndex: true,
        technique,
        runs: 11,
      }).finally(() => {
        comparing = false;
      });
      const waits: number[] = [];
      while (comparing) {
        const started = performance.now();
        await database.sql.begin(async (other) => {
          // Whoever had to wait for a lock for longer would fail.
          await other`SET LOCAL lock_timeout = '50ms'`;
          await other`
            INSERT INTO posts (user_id, content)
            SELECT id, 'written meanwhile' FROM users WHERE username = 'user0'`;
          await other`SELECT id FROM posts ORDER BY created_at DESC, id DESC LIMIT 20`;
        });
        waits.push(performance.now() - started);
        await setTimeout(2);
      }
      assert.equal((await compared).sameRows, true);
      assert.ok(waits.length > 1);
      const [written] = await database.sql<{ count: number }[]>`
        SELECT count(*) FROM posts WHERE content = 'written meanwhile'`;
      assert.equal(written?.count, waits.length);
      test.diagnostic(`${waits.length} others, the longest ${Math.max(...waits).toFixed(1)} ms`);
      await database.sql`DELETE FROM posts WHERE content = 'written meanwhile'`;
    });
  }

  /** A statement that never ends on the side where the index is, or is not, to be seen. */
  function sleepingOn(side: 'without' | 'with', index: string): string {
    const seen = `EXISTS (
      SELECT FROM pg_index WHERE indexrelid = to_regclass('${index}') AND indisvalid)`;
    return `SELECT pg_sleep(CASE WHEN ${side === 'with' ? '' : 'NOT '}${seen} THEN 600 ELSE 0 END)
              FROM (SELECT count(*) FROM posts) AS counted`;
  }

  function compare(technique: string, statement: string) {
    const options = ['--compare-index', INDEX, '--technique', technique, '--allow-lock'];
    const child = spawn(process.execPath, [BINARY, 'explain', 'sql', '-', ...options], {
      env: { ...process.env, DATABASE_URL: database.url, SOCIALDB_TIMEOUT_MS: '600000' },
    });
    child.stdin.end(statement);
    return child;
  }

  async function sleepers(): Promise<number> {
    const [row] = await database.sql<{ count: number }[]>`
      SELECT count(*) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    return row?.count ?? 0;
  }

  /** Temporary tables that outlived the program. */
  async function leftovers(): Promise<object[]> {
    return [
      ...(await database.sql`
        SELECT relname FROM pg_class
         WHERE relpersistence = 't' AND relkind = 'r'`),
    ];
  }
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, 'waited in vain');
    await setTimeout(20);
  }
}
