import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RequestError } from '../../src/errors.js';
import { inScratchSchema } from '../../src/schema/scratch.js';
import { compareGrowth } from '../../src/tuning/growth.js';
import { useDatabase } from '../support/database.js';
import { socialdb } from '../support/socialdb.js';
import { openStores } from '../support/stores.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

describe('a comparison at growing sizes', () => {
  const database = useDatabase();

  it('measures networks of each size, and leaves no schema and no row', async () => {
    const stores = openStores({ databaseUrl: database.url });
    const growth = await compareGrowth(stores, [500, 5_000], {
      limitMs: 60_000,
    }).finally(stores.close);
    assert.deepEqual(
      growth.sizes.map(({ posts, users }) => [posts, users]),
      [
        [500, 50],
        [5_000, 200],
      ],
    );
    for (const { legs, sameRows, speedup } of growth.sizes) {
      assert.equal(legs.length, 2);
      assert.equal(sameRows, true);
      assert.ok((speedup ?? 0) > 0);
    }
    const [small, large] = growth.sizes.map(({ legs }) => legs[0]?.rowsRead ?? 0);
    assert.ok((large ?? 0) > (small ?? 0));
    assert.deepEqual(await schemas(), []);
    const [own] = await database.sql`SELECT count(*)::int FROM users`;
    assert.deepEqual(own, { count: 0 });
  });

  it('is a table and a chart, and fits 80 columns', async () => {
    const env = { DATABASE_URL: database.url };
    const ran = await socialdb(['explain', 'feed', '--grow', '2k,500'], { env });
    assert.equal(ran.exitCode, 0, ran.stderr);
    assert.match(
      ran.stdout,
      /\n +500 .*\n2,000 [\s\S]*\n +500 without █+.* ms\n +with +[█▏▎▍▌▋▊▉]/,
    );
    for (const line of ran.stdout.split('\n')) assert.ok(line.length <= 80, line);
    for (const sizes of ['1', '10q', '', '1k,,2k']) {
      assert.equal((await socialdb(['explain', 'feed', '--grow', sizes], { env })).exitCode, 2);
    }
    const named = await socialdb(['explain', 'feed', 'alice', '--grow', '1k'], { env });
    assert.equal(named.exitCode, 2);
  });

  it('drops its schema when it is interrupted, seeding or measuring', async () => {
    for (const running of [/^COPY posts/, /^EXPLAIN/]) {
      const child = spawn(process.execPath, [BINARY, 'explain', 'feed', '--grow', '60k'], {
        env: { ...process.env, DATABASE_URL: database.url, REDIS_URL: '', MONGODB_URL: '' },
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      await until(async () => (await doing()).some((query) => running.test(query)));
      child.kill('SIGINT');
      assert.equal(await ended, 130);
      assert.deepEqual(await schemas(), []);
    }
  });

  it('drops its schema when the work fails', async () => {
    const stores = openStores({ databaseUrl: database.url });
    const failing = inScratchSchema(stores, 10_000, async (sql) => {
      await sql`CREATE TABLE posts AS SELECT 1`;
      throw new RequestError('failed', 'on purpose');
    }).finally(stores.close);
    await assert.rejects(failing, { code: 'failed' });
    assert.deepEqual(await schemas(), []);
  });

  it('drops at once what a killed program left behind, and nothing of one that lives', async () => {
    const child = spawn(process.execPath, [BINARY, 'explain', 'feed', '--grow', '60k'], {
      env: { ...process.env, DATABASE_URL: database.url, REDIS_URL: '', MONGODB_URL: '' },
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const stores = openStores({ databaseUrl: database.url });
    const others = () => inScratchSchema(stores, 10_000, async () => schemas());
    try {
      await until(async () => (await doing()).some((query) => /^EXPLAIN/.test(query)));
      const [living, ...none] = await schemas();
      assert.deepEqual(none, []);
      assert.ok((await others()).includes(living ?? ''), 'the schema of a program that lives');
      child.kill('SIGKILL');
      await ended;
      assert.deepEqual(await schemas(), [living]);
      await until(async () => (await doing()).length <= 1);
      assert.ok(!(await others()).includes(living ?? ''), 'the schema of a program that is gone');
      assert.deepEqual(await schemas(), []);
    } finally {
      child.kill('SIGKILL');
      await stores.close();
    }
  });

  async function doing(): Promise<string[]> {
    const rows = await database.sql<{ query: string }[]>`
      SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'`;
    return rows.map(({ query }) => query);
  }

  async function schemas(): Promise<string[]> {
    const rows = await database.sql<{ name: string }[]>`
      SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'socialdb%' ORDER BY name`;
    return rows.map(({ name }) => name);
  }
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, 'waited in vain');
    await setTimeout(5);
  }
}
