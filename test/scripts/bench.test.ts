import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROWS } from '../../scripts/bench/rows.js';
import { openPostgres } from '../../src/stores/postgres.js';
import { servers } from '../support/database.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/bench/run.ts', import.meta.url));
const FIGURES = new URL('../../docs/performance.json', import.meta.url);
/** What a row says that this machine has no program or server for. */
const LACKING = /not measured: there is no (pgbench|psql|Redis|MongoDB) here/;

describe('npm run bench', () => {
  let folder: string;
  const run = (...options: string[]) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', SCRIPT, ...options], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        // Its own servers, which it would remove, are not those of a developer.
        TMPDIR: folder,
        DATABASE_URL: servers.databaseUrl,
        REDIS_URL: servers.redisUrl ?? '',
        MONGODB_URL: servers.mongodbUrl ?? '',
      },
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socialdb-bench-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('measures every row that this machine has the programs for, and leaves no trace', async () => {
    const figures = await readFile(FIGURES, 'utf8');
    const { stdout } = await run('--scale', 'small', '--no-color');
    for (const { title, key } of ROWS) {
      const [, part = ''] = stdout.split(`\n${title}  ${key}, `);
      assert.ok(
        LACKING.test(part.split('\n\n')[0] ?? '') || /\d×/.test(part),
        `${key}:\n${stdout}`,
      );
      assert.doesNotMatch(part, /NaN|Infinity/, key);
    }
    assert.equal(await readFile(FIGURES, 'utf8'), figures, 'a quick look writes nothing down');
    await run('--clean');
    assert.deepEqual(await databases(), []);
  });

  it('refuses to drop a database that somebody else made', async () => {
    const sql = openPostgres(servers.databaseUrl, { timeoutMs: 60_000, max: 1 });
    try {
      await sql.unsafe('CREATE DATABASE bench_writes');
      await assert.rejects(
        run('--scale', 'small', '--only', 'follow'),
        /a database bench_writes that is not the bench's/,
      );
    } finally {
      await sql.unsafe('DROP DATABASE bench_writes');
      await sql.end({ timeout: 1 });
    }
  });
});

async function databases(): Promise<unknown[]> {
  const sql = openPostgres(servers.databaseUrl, { timeoutMs: 60_000, max: 1 });
  try {
    return [...(await sql`SELECT datname FROM pg_database WHERE datname LIKE 'bench%'`)];
  } finally {
    await sql.end({ timeout: 1 });
  }
}
