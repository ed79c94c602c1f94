// Starts the servers that the tests need, makes the template database, runs the tests, cleans up.
// Usage: npm test [-- FILE...]. SOCIALDB_TEST_DATABASE_URL, SOCIALDB_TEST_REDIS_URL and
// SOCIALDB_TEST_MONGODB_URL name servers to use instead of embedded ones.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '../src/schema/migrations.js';
import { openPostgres } from '../src/stores/postgres.js';
import { asAdmin, servers, urlOf } from './support/database.js';

const TESTS = fileURLToPath(new URL('.', import.meta.url));
const template = `socialdb_template_${process.pid}`;

servers.template = template;
await asAdmin(`CREATE DATABASE ${template}`);
const sql = openPostgres(urlOf(template), { timeoutMs: 60_000 });
await migrate(sql);
await sql.end({ timeout: 1 });
try {
  process.exitCode = await runTests(testFiles());
} finally {
  await asAdmin(`DROP DATABASE ${template} WITH (FORCE)`);
}

function testFiles(): string[] {
  const named = process.argv.slice(2);
  if (named.length > 0) return named;
  return readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .map((file) => join(TESTS, file));
}

function runTests(files: string[]): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--test', '--test-reporter=spec', ...files],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        SOCIALDB_TEST_DATABASE_URL: servers.databaseUrl,
        SOCIALDB_TEST_TEMPLATE: template,
      },
    },
  );
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}
