import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import type { TestDatabase } from './database.js';

/** Runs `work` as a role that may read, and make no temporary table. */
export async function withPoorRole(
  { sql, url }: TestDatabase,
  work: (sql: Sql) => Promise<void>,
): Promise<void> {
  const role = `socialdb_poor_${process.pid}`;
  const [there] = await sql<{ name: string }[]>`SELECT current_database() AS name`;
  await sql.unsafe(`
    CREATE ROLE ${role} LOGIN PASSWORD '${role}'; GRANT pg_read_all_data TO ${role};
    REVOKE TEMPORARY ON DATABASE ${there?.name} FROM PUBLIC`);
  const poor = new URL(url);
  poor.username = role;
  poor.password = role;
  const plain = openPostgres(poor.href, { timeoutMs: 60_000 });
  try {
    await work(plain);
  } finally {
    await plain.end({ timeout: 1 });
    await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
}
