// Starts the servers that the tests need, makes the template database, runs the tests, cleans up.
// Usage: npm test [-- FILE...]. SOCIALDB_TEST_DATABASE_URL, SOCIALDB_TEST_REDIS_URL and
// SOCIALDB_TEST_MONGODB_URL name servers to use instead of embedded ones; an empty value means
// without. SOCIALDB_TEST_CHANGE_STREAMS_URL names one more, of MongoDB's protocol, which has change
// streams. SOCIALDB_REQUIRE=postgres,redis,mongodb makes a server that is missing a failure.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWhatChanged } from '../scripts/build-what-changed.js';
import { migrate } from '../src/schema/migrations.js';
import { openPostgres } from '../src/stores/postgres.js';
import { asAdmin, servers, urlOf } from './support/database.js';
import {
  makeHome,
  removeAbandonedHomes,
  removeHome,
  startServers,
  type TestServer,
} from './support/stack.js';

const TESTS = fileURLToPath(new URL('.', import.meta.url));
/** A file that hangs fails, and the others go on. The long forms, which say how many runs, may take hours. */
const FILE_MS = (process.env.SOCIALDB_RUNS ? 180 : 30) * 60_000;
const template = `socialdb_template_${process.pid}`;

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => interruption.abort());
}

buildWhatChanged();
await removeAbandonedHomes();
const home = await makeHome();
try {
  process.exitCode = await main();
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  await removeHome(home);
}

async function main(): Promise<number> {
  const { SOCIALDB_TEST_DATABASE_URL, SOCIALDB_TEST_REDIS_URL, SOCIALDB_TEST_MONGODB_URL } =
    process.env;
  const found = await startServers(
    home,
    {
      postgres: SOCIALDB_TEST_DATABASE_URL,
      redis: SOCIALDB_TEST_REDIS_URL,
      mongodb: SOCIALDB_TEST_MONGODB_URL,
    },
    interruption.signal,
  );
  for (const { title, url, detail } of found) {
    console.log(`${title.padEnd(10)} ${url ? detail : `none: ${detail}`}`);
  }
  const missing = missingOf(found);
  if (missing.length > 0) {
    console.error(`the tests cannot run without ${missing.join(' and ')}`);
    return 1;
  }
  return withTemplate(found, () => runTests(testFiles(), found));
}

/** The servers that SOCIALDB_REQUIRE names and that are not there; PostgreSQL is always required. */
function missingOf(found: TestServer[]): string[] {
  const required = (process.env.SOCIALDB_REQUIRE ?? '').split(',').map((name) => name.trim());
  const there = new Set<string>(found.filter(({ url }) => url).map(({ name }) => name));
  return [...new Set(['postgres', ...required.filter(Boolean)])].filter((name) => !there.has(name));
}

async function withTemplate(found: TestServer[], work: () => Promise<number>): Promise<number> {
  servers.databaseUrl = urlIn(found, 'postgres');
  servers.template = template;
  await asAdmin(`CREATE DATABASE ${template}`);
  try {
    const sql = openPostgres(urlOf(template), { timeoutMs: 60_000 });
    await migrate(sql).finally(() => sql.end({ timeout: 1 }));
    return await work();
  } finally {
    await dropDatabases();
  }
}

/** Drops the template, and its clones that a test file which crashed has left behind. */
async function dropDatabases(): Promise<void> {
  const sql = openPostgres(servers.databaseUrl, { timeoutMs: 60_000, max: 1 });
  try {
    const rows = await sql<{ datname: string }[]>`
      SELECT datname FROM pg_database WHERE starts_with(datname, ${template})`;
    const names = rows.map(({ datname }) => datname);
    for (const name of names) await sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
    const clones = names.filter((name) => name !== template);
    if (clones.length > 0) console.error(`dropped what tests left behind: ${clones.join(', ')}`);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function urlIn(found: TestServer[], name: TestServer['name']): string {
  return found.find((server) => server.name === name)?.url ?? '';
}

function testFiles(): string[] {
  const named = process.argv.slice(2);
  if (named.length > 0) return named;
  return readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .map((file) => join(TESTS, file));
}

function runTests(files: string[], found: TestServer[]): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', '--test', '--test-reporter=spec', `--test-timeout=${FILE_MS}`],
      ...files,
    ],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        SOCIALDB_TEST_HOME: home,
        SOCIALDB_TEST_DATABASE_URL: servers.databaseUrl,
        SOCIALDB_TEST_TEMPLATE: template,
        SOCIALDB_TEST_REDIS_URL: urlIn(found, 'redis'),
        SOCIALDB_TEST_MONGODB_URL: urlIn(found, 'mongodb'),
      },
    },
  );
  interruption.signal.addEventListener('abort', () => child.kill());
  return new Promise((resolve) => {
    child.on('close', (code) => resolve(interruption.signal.aborted ? 130 : (code ?? 1)));
  });
}
