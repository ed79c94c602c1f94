import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scratchSchemas } from '../../src/schema/scratch.js';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import { asAdmin, servers, urlOf } from '../support/database.js';
import { randomOf } from '../support/interleaving.js';
import { driftedCounters } from '../support/people.js';
import { socialdb } from '../support/socialdb.js';

/** Of each command; `npm run test:kills` is the long form. */
const KILLS = Number(process.env.SOCIALDB_RUNS ?? 5);
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const NETWORK = '--users 200 --posts 2000 --follows 3000 --comments 1000 --likes 2000'.split(' ');

const random = randomOf(13);
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'socialdb-kills-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe(`${KILLS} kills each`, () => {
  const loads: Record<string, () => string[]> = {
    seed: () => ['seed', ...NETWORK],
    'import stackexchange': () => ['import', 'stackexchange', join(FIXTURES, 'stackexchange')],
    'import edges': () => ['import', 'edges', join(FIXTURES, 'edges.csv')],
    'import jsonl': () => ['import', 'jsonl', join(folder, 'export')],
  };

  before(async () => {
    const database = await makeDatabase(servers.template);
    assert.equal((await database.run(['seed', ...NETWORK])).exitCode, 0);
    assert.equal((await database.run(['export', 'jsonl', join(folder, 'export')])).exitCode, 0);
    await database.drop();
  });

  for (const [name, line] of Object.entries(loads)) {
    it(`of ${name} leave all of it or nothing`, async (t) => {
      await killAgainAndAgain(t, { from: servers.template, line: line(), look: lookAtData });
    });
  }

  it('of migrate leave the whole schema or none', async (t) => {
    await killAgainAndAgain(t, { from: 'template0', line: ['migrate'], look: lookAtSchema });
  });

  it('of index add leave a valid index or, until it is said again, an invalid one', async (t) => {
    const line = ['index', 'add', '--on', 'comments', '--columns', 'created_at'];
    await killAgainAndAgain(t, { from: servers.template, line, look: lookAtIndexes });
  });

  it('of export leave a folder that can be imported, or none', async () => {
    const database = await makeDatabase(servers.template);
    assert.equal((await database.run(['seed', ...NETWORK])).exitCode, 0);
    const path = join(folder, 'out', 'backup');
    const exporting = ['export', 'jsonl', path];
    const took = await timeOf(() => database.run(exporting));
    const whole = await readdir(path);
    for (let kill = 0; kill < KILLS; kill++) {
      await rm(path, { recursive: true, force: true });
      await database.kill(exporting, took * random());
      assert.ok(['', String(whole)].includes(String(await readdir(path).catch(() => ''))));
    }
    await rm(path, { recursive: true, force: true });
    assert.equal((await database.run(exporting)).exitCode, 0);
    assert.deepEqual(await readdir(join(folder, 'out')), ['backup'], 'no draft is left');
    await database.drop();
  });
});

describe('eight at once', () => {
  it('apply the migrations once', async () => {
    const database = await makeDatabase('template0');
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => database.run(['migrate', '--json'])),
    );
    assert.deepEqual(
      runs.map(({ exitCode }) => exitCode),
      Array(8).fill(0),
      runs.map(({ stderr }) => stderr).join(''),
    );
    const applied = runs.map(({ stdout }) => JSON.parse(stdout).applied.length as number);
    assert.equal(applied.filter((count) => count > 0).length, 1);
    await database.drop();
  });
});

interface Killed {
  /** The template of the database. */
  readonly from: string;
  readonly line: readonly string[];
  /** All that the command changes, as text. */
  readonly look: (sql: Sql) => Promise<string>;
}

/** Kills a command at one moment after the other, and lets it come to its end at last. */
async function killAgainAndAgain(
  t: { diagnostic(message: string): void },
  { from, line, look }: Killed,
): Promise<void> {
  let database = await makeDatabase(from);
  const nothing = await look(database.sql);
  const took = await timeOf(() => database.run(line));
  const all = await look(database.sql);
  assert.notEqual(all, nothing);
  let done = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    if ((await look(database.sql)) === all) {
      await database.drop();
      database = await makeDatabase(from);
    }
    await database.kill(line, took * random());
    const now = await look(database.sql);
    assert.ok([nothing, all].includes(now), now);
    if (now === all) done++;
  }
  const { exitCode, stderr } = await database.run(line);
  assert.ok(exitCode === 0 || /not-empty|already|--append/.test(stderr), stderr);
  assert.equal(await look(database.sql), all);
  assert.deepEqual(await scratchSchemas(database.sql), []);
  t.diagnostic(`${KILLS} kills: ${done} came too late, ${KILLS - done} left nothing`);
  await database.drop();
}

async function timeOf(work: () => Promise<{ exitCode: number | null; stderr: string }>) {
  const started = performance.now();
  const { exitCode, stderr } = await work();
  assert.equal(exitCode, 0, stderr);
  return performance.now() - started;
}

let made = 0;

async function makeDatabase(from: string) {
  const name = `${servers.template}_killed_${process.pid}_${++made}`;
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${from}`);
  const sql = openPostgres(urlOf(name), { timeoutMs: 60_000, max: 1 });
  const env = { DATABASE_URL: urlOf(name) };
  return {
    sql,
    run: (line: readonly string[]) => socialdb(line, { env }),
    /** Kills the command after so many milliseconds, and waits until its backends are gone. */
    async kill(line: readonly string[], afterMs: number) {
      await socialdb(line, {
        env,
        onStart: (child) => void sleep(afterMs).then(() => child.kill('SIGKILL')),
      });
      for (;;) {
        const [left] = await sql<{ others: number }[]>`
          SELECT count(*) AS others FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()
             AND backend_type = 'client backend'`;
        if (!left?.others) return;
        await sleep(10);
      }
    },
    async drop() {
      await sql.end({ timeout: 1 });
      await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Rows, keys and indexes; and that no counter is wrong. */
async function lookAtData(sql: Sql): Promise<string> {
  assert.deepEqual(await driftedCounters(sql), []);
  const [rows] = await sql`
    SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM posts) AS posts,
           (SELECT count(*) FROM comments) AS comments, (SELECT count(*) FROM likes) AS likes,
           (SELECT count(*) FROM followers) AS followers`;
  return JSON.stringify([rows, await lookAtIndexes(sql)]);
}

async function lookAtIndexes(sql: Sql): Promise<string> {
  const rows = await sql<{ definition: string }[]>`
    SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
       AND indisvalid
    UNION ALL
    SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     ORDER BY 1`;
  return rows.map(({ definition }) => definition).join('\n');
}

async function lookAtSchema(sql: Sql): Promise<string> {
  const rows = await sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`;
  return rows.map(({ name }) => name).join(' ');
}
