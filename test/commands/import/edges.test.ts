import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Sql } from '../../../src/stores/postgres.js';
import { FIXTURES, useFolder } from '../../dataset/folders.js';
import { empty, NOTHING, rowCounts } from '../../dataset/tables.js';
import { useDatabase } from '../../support/database.js';
import { driftedCounters } from '../../support/people.js';
import { socialdb } from '../../support/socialdb.js';

const BINARY = fileURLToPath(new URL('../../../bin/socialdb.js', import.meta.url));
const NODES = 20_000;

/** Writes a graph of so many edges, all different, no self-loops. */
async function writeGraph(file: string, edges: number): Promise<void> {
  function* lines() {
    for (let n = 0; n < edges; n += 1_000) {
      let text = '';
      for (let m = n; m < Math.min(n + 1_000, edges); m++) {
        const source = m % NODES;
        text += `${source} ${(source + 1 + Math.floor(m / NODES)) % NODES}\n`;
      }
      yield text;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
}

/** Waits until a backend runs a statement. */
async function running(sql: Sql, statement: string, ended: Promise<unknown>): Promise<void> {
  let over = false;
  ended.then(() => {
    over = true;
  });
  for (;;) {
    const [found] = await sql<{ count: number }[]>`
      SELECT count(*) FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'active'
         AND ltrim(query, E' \n') LIKE ${`${statement}%`}`;
    if (found?.count) return;
    assert.ok(!over, `the import ended before it was seen in: ${statement}`);
    await sleep(5);
  }
}

/** Waits until no backend but our own is left in the database, so that what is undone is undone. */
async function backendsGone(sql: Sql): Promise<void> {
  for (;;) {
    const [others] = await sql<{ count: number }[]>`
      SELECT count(*) FROM pg_stat_activity
       WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`;
    if (others?.count === 0) return;
    await sleep(50);
  }
}

describe('socialdb import edges', () => {
  const database = useDatabase();
  const folder = useFolder();
  const small = join(folder, 'small.txt');
  const large = join(folder, 'large.txt');
  const env = { DATABASE_URL: database.url };

  before(async () => {
    await writeGraph(small, 25_000);
    await writeGraph(large, 250_000);
  });

  it('leaves nothing when it is killed or interrupted, and imports all afterwards', async () => {
    for (const [signal, statement] of [
      ['SIGKILL', 'COPY staged_edges'],
      ['SIGKILL', 'DELETE FROM staged_edges'],
      ['SIGKILL', 'INSERT INTO followers'],
      ['SIGKILL', 'CREATE INDEX idx_followers'],
      ['SIGINT', 'COPY staged_edges'],
      ['SIGINT', 'INSERT INTO followers'],
    ] as const) {
      const child = spawn(process.execPath, [BINARY, 'import', 'edges', large], {
        env: { ...process.env, REDIS_URL: '', MONGODB_URL: '', ...env },
        stdio: 'ignore',
      });
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      await running(database.sql, statement, ended);
      child.kill(signal);
      assert.equal(await ended, signal === 'SIGINT' ? 130 : null, `${signal} in ${statement}`);
      await backendsGone(database.sql);
      assert.deepEqual(await rowCounts(database.sql), NOTHING);
    }
    const { exitCode } = await socialdb(['import', 'edges', large], { env });
    assert.equal(exitCode, 0);
    assert.deepEqual(await rowCounts(database.sql), {
      ...NOTHING,
      users: NODES,
      followers: 250_000,
    });
    assert.deepEqual(await driftedCounters(database.sql), []);
  });

  it('needs no more memory for ten times as many lines', async () => {
    const report =
      "process.on('exit', () => console.error('maxRSS', process.resourceUsage().maxRSS))";
    const peak = async (file: string) => {
      await empty(database.sql);
      const { exitCode, stderr } = await socialdb(['import', 'edges', file], {
        env: {
          ...env,
          NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}`,
        },
      });
      assert.equal(exitCode, 0, stderr);
      return Number(/maxRSS (\d+)/.exec(stderr)?.[1]) / 1024;
    };
    const [little, much] = [await peak(small), await peak(large)];
    assert.ok(
      much < little + 80,
      `${little.toFixed()} MB for 25,000 lines, ${much.toFixed()} for 250,000`,
    );
    assert.ok(much < 260, `${much.toFixed()} MB`);
  });

  it('tells what it did as one JSON document', async () => {
    await empty(database.sql);
    const { stdout, exitCode } = await socialdb(
      ['import', 'edges', join(FIXTURES, 'edges.csv'), '--undirected', '--json'],
      { env },
    );
    assert.equal(exitCode, 0);
    const { read, inserted, skipped, reasons, users, follows } = JSON.parse(stdout);
    assert.deepEqual([read, inserted, skipped, users, follows], [11, 7, 4, 10, 14]);
    assert.deepEqual(reasons, { 'edge-is-self-loop': 1, 'edge-duplicate': 3 });
  });

  it('tells the place of an error, and exits with 1', async () => {
    const missing = await socialdb(['import', 'edges', join(folder, 'none.txt')], { env });
    assert.equal(missing.exitCode, 1);
    assert.match(
      missing.stderr,
      /^error: .*none\.txt: there is no such file\nnothing was imported\n$/,
    );
    const broken = await socialdb(['import', 'edges', BINARY, '--json'], { env });
    assert.equal(broken.exitCode, 1);
    assert.equal(broken.stdout, '');
    assert.match(JSON.parse(broken.stderr).error.message, /^socialdb\.js:\d+: /);
  });
});
