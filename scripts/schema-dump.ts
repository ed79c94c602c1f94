// Migrates a scratch database and writes its schema to sql/schema.sql. Usage: npm run schema:dump, with
// a server on which databases may be made in SOCIALDB_TEST_DATABASE_URL or DATABASE_URL.
import { writeFile } from 'node:fs/promises';
import { dumpSchema } from '../src/schema/dump.js';
import { migrate } from '../src/schema/migrations.js';
import { openPostgres } from '../src/stores/postgres.js';

const server = process.env.SOCIALDB_TEST_DATABASE_URL || process.env.DATABASE_URL;
if (!server) throw new Error('name a server in SOCIALDB_TEST_DATABASE_URL or DATABASE_URL');
const scratch = `socialdb_dump_${process.pid}`;
const url = new URL(server);
url.pathname = `/${scratch}`;

const admin = openPostgres(server, { timeoutMs: 60_000, max: 1 });
await admin.unsafe(`CREATE DATABASE ${scratch} TEMPLATE template0`);
try {
  const sql = openPostgres(url.href, { timeoutMs: 60_000 });
  try {
    await migrate(sql);
    await writeFile(new URL('../sql/schema.sql', import.meta.url), await dumpSchema(sql));
  } finally {
    await sql.end({ timeout: 1 });
  }
} finally {
  await admin.unsafe(`DROP DATABASE ${scratch} WITH (FORCE)`);
  await admin.end({ timeout: 1 });
}
