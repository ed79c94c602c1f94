import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { strategyOf } from '../../src/feed/statement.js';
import { describeChange } from '../../src/output/verdicts.js';
import { openPostgres } from '../../src/stores/postgres.js';
import { postgresFailure } from '../../src/stores/postgres-failure.js';
import { changesSince, readBaseline, saveBaseline } from '../../src/tuning/baseline.js';
import { inlined } from '../../src/tuning/explain.js';
import { explainFeed, explainSearch, explainSql } from '../../src/tuning/subjects.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';

const SLEEPY = 'SELECT pg_sleep(60)';
const PATIENT = { limitMs: 60_000 };

describe('explain', () => {
  const database = useDatabase();
  before(() => addNetwork(database.sql, { users: 200, follows: 2_000, posts: 3_000, seed: 0.3 }));

  it('shows the plan of the feed that is read, for a user in any case', async () => {
    const explained = await explainFeed(database.sql, { ...PATIENT, user: '@USER0' });
    const [leg, ...others] = explained.legs;
    assert.deepEqual(others, []);
    assert.equal(explained.strategy, 'auto');
    assert.equal(explained.technique, null);
    assert.equal(leg?.user, 'user0');
    assert.equal(leg.runsMs.length, 1);
    assert.equal(leg.statement, strategyOf('auto', leg.followees ?? 0));
    assert.ok(leg.nodeTypes.includes('WindowAgg'));
    assert.ok(leg.plan.executionMs);
  });

  it('gives SQL that runs as it stands', async () => {
    const explained = await explainFeed(database.sql, { ...PATIENT, user: 'user0' });
    const rows = await database.sql.unsafe<{ rank: number }[]>(explained.legs[0]?.sql ?? '');
    assert.deepEqual(
      rows.map(({ rank }) => rank),
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });

  it('measures as often as it is asked to', async () => {
    const explained = await explainSearch(database.sql, ['coding'], { ...PATIENT, runs: 4 });
    assert.equal(explained.legs[0]?.runsMs.length, 4);
  });

  it('asks for all that the server can measure: WAL, and from 17 on the sending', async () => {
    const explained = await explainSearch(database.sql, ['coding'], PATIENT);
    const fields = explained.legs[0]?.plan.fields ?? {};
    const [server] = await database.sql<{ version: number }[]>`
      SELECT current_setting('server_version_num')::int AS version`;
    assert.equal('Serialization' in fields, (server?.version ?? 0) >= 170_000);
    assert.equal(explained.legs[0]?.plan.root.fields['WAL Records'], 0);
  });

  it('explains nobody where nobody follows anybody', async () => {
    await database.sql
      .begin(async (transaction) => {
        await transaction`UPDATE users SET following_count = 0`;
        const explained = explainFeed(transaction as unknown as typeof database.sql, PATIENT);
        await assert.rejects(explained, { code: 'no-readers' });
        throw new Error('undone');
      })
      .catch((error) => assert.equal(error.message, 'undone'));
  });

  it('quotes what it puts into a statement', async () => {
    const literals = ["it's", 'a\nb', 'back\\slash', '$1'];
    const text = '-- $1 is a comment\nSELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d';
    const statement = { name: 'x', text, parameters: literals };
    const { text: sql } = await inlined(database.sql, statement);
    const [row] = await database.sql.unsafe<Record<string, string>[]>(sql);
    assert.deepEqual(Object.values(row ?? {}), literals);
    assert.ok(!sql.includes('comment'));
  });
});

describe('explain sql', () => {
  const database = useDatabase();

  const refused: [text: string, message: RegExp][] = [
    ['SELECT 1; DROP TABLE users', /more than one statement/],
    ["DELETE FROM users WHERE username = 'x'", /read-only/],
    ['WITH gone AS (DELETE FROM users RETURNING 1) SELECT 1', /read-only/],
    ['CREATE TABLE copied AS SELECT 1', /writes/],
    ['SELECT 1 INTO copied', /writes/],
    ['SELECT * FROM users FOR UPDATE', /read-only/],
    ['SELECT * FROM users WHERE id = $1', /parameters/],
    ['SELECT\n  nonsense', /line 2, column 3: column "nonsense"/],
    ['COMMIT', /line 1, column 1/],
    ['', /syntax error/],
  ];
  for (const [text, message] of refused) {
    it(`refuses ${JSON.stringify(text)}`, async () => {
      await assert.rejects(explainSql(database.sql, 'x.sql', text, PATIENT), (error) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.equal(error.code, 'bad-statement');
        assert.match(error.message, message);
        return true;
      });
      const [there] =
        await database.sql`SELECT to_regclass('copied') IS NULL AS gone, count(*) FROM users`;
      assert.deepEqual(there, { gone: true, count: 0 });
    });
  }

  it('takes a statement that ends in a semicolon and a comment', async () => {
    const text = 'SELECT 1; -- done\n';
    const { legs } = await explainSql(database.sql, 'x.sql', text, PATIENT);
    assert.deepEqual(legs[0]?.nodeTypes, ['Result']);
  });

  it('does not take a server that refuses the connection for one that refuses the statement', async () => {
    const wrongs = [
      { database: 'nosuch', said: /has no such database/ },
      { user: 'nobody_here', said: /refused the user or password/ },
    ];
    for (const { said, ...wrong } of wrongs) {
      const url = new URL(database.url);
      if (wrong.database) url.pathname = `/${wrong.database}`;
      if (wrong.user) url.username = wrong.user;
      const sql = openPostgres(url.href, { timeoutMs: 5_000, max: 1 });
      const thrown = await explainSql(sql, 'x.sql', 'SELECT 1', PATIENT).catch((error) => error);
      await sql.end({ timeout: 1 });
      const failure = postgresFailure(thrown, url.href);
      assert.equal(failure?.exitCode, 3, String(thrown));
      assert.match(failure.message, said);
    }
  });

  it('wants the index named that it compares with', async () => {
    const options = { ...PATIENT, compareIndex: true as const };
    await assert.rejects(explainSql(database.sql, 'x.sql', 'SELECT 1', options), { exitCode: 2 });
  });

  it('shows what the planner expects of a statement that reaches the time limit', async () => {
    const { legs } = await explainSql(database.sql, 'x.sql', SLEEPY, { limitMs: 100 });
    const [leg] = legs;
    assert.deepEqual([leg?.medianMs, leg?.stoppedAfterMs, leg?.rowsRead], [null, 100, null]);
    assert.equal(leg?.plan.executionMs, undefined);
    assert.deepEqual(leg?.nodeTypes, ['Result']);
  });

  it('finds a plan worse that no longer ends within the time limit', async () => {
    const { sql } = database;
    // The index holds what the function gives; a scan of the table has to call it, and that takes.
    const nap = (body: string) => `
      CREATE OR REPLACE FUNCTION nap(text) RETURNS text LANGUAGE sql IMMUTABLE COST 1000000
      AS $$ ${body} $$`;
    await sql.unsafe(nap('SELECT $1'));
    await sql`CREATE TABLE sleepers AS SELECT n::text AS name FROM generate_series(1, 100) n`;
    await sql`CREATE INDEX idx_sleepers ON sleepers (nap(name))`;
    await sql.unsafe(nap(`SELECT CASE WHEN pg_sleep(1) IS NOT NULL THEN $1 END`));
    const text = `SELECT name FROM sleepers WHERE nap(name) IN (SELECT '7')`;
    const explain = () => explainSql(sql, 'x.sql', text, { limitMs: 500 });
    const folder = await mkdtemp(join(tmpdir(), 'socialdb-limit-'));
    try {
      const file = join(folder, 'baseline.json');
      await saveBaseline(file, await explain());
      assert.deepEqual(changesSince(await readBaseline(file), await explain()), []);
      await sql`DROP INDEX idx_sleepers`;
      const [change, ...others] = changesSince(await readBaseline(file), await explain());
      assert.deepEqual(others, []);
      assert.ok(change?.worse);
      assert.equal(change.buffersAfter, null);
      assert.ok(change.gone.some((node) => node.endsWith('using idx_sleepers')));
      assert.ok(change.came.some((node) => node === 'Seq Scan on sleepers'));
      assert.match(describeChange(change), /stopped at the time limit instead of \d+ buffers, Seq/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('explain, interrupted in the middle of a leg', () => {
  const database = useDatabase();
  const SLEEPING = 'SELECT pg_sleep(600) FROM (SELECT count(*) FROM posts) AS counted';

  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 130],
    ['SIGKILL', null],
  ] as const) {
    it(`by ${signal} leaves no trace`, async () => {
      const binary = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
      const args = ['explain', 'sql', '-', '--compare-index', 'idx_posts_newest'];
      const child = spawn(process.execPath, [binary, ...args], {
        env: { ...process.env, DATABASE_URL: database.url, SOCIALDB_TIMEOUT_MS: '600000' },
      });
      child.stdin.end(SLEEPING);
      await until(async () => (await sleepers()) === 1);
      assert.equal(await invalidIndexes(), 0);
      const ended = new Promise((resolve) => child.on('close', resolve));
      child.kill(signal);
      assert.equal(await ended, exitCode);
      await until(async () => (await sleepers()) === 0);
      assert.equal(await invalidIndexes(), 0);
    });
  }

  async function sleepers(): Promise<number> {
    const [row] = await database.sql<{ count: number }[]>`
      SELECT count(*) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    return row?.count ?? 0;
  }

  async function invalidIndexes(): Promise<number> {
    const [row] = await database.sql<{ count: number }[]>`
      SELECT count(*) FROM pg_index WHERE NOT indisvalid`;
    return row?.count ?? 0;
  }
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, 'waited in vain');
    await setTimeout(20);
  }
}
