import { after, before } from 'node:test';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';

/** What test/run.ts tells the test files about the servers it started. */
export const servers = {
  /** A superuser's URL of a PostgreSQL server on which databases may be made. */
  databaseUrl: process.env.SOCIALDB_TEST_DATABASE_URL ?? '',
  /** A migrated database on it, to be cloned. */
  template: process.env.SOCIALDB_TEST_TEMPLATE ?? '',
  redisUrl: process.env.SOCIALDB_TEST_REDIS_URL || undefined,
  mongodbUrl: process.env.SOCIALDB_TEST_MONGODB_URL || undefined,
};

export interface TestDatabase {
  /** A pool on the clone; every test file has a database of its own. */
  readonly sql: Sql;
  readonly url: string;
}

let clones = 0;

/** Clones the template for this test file and drops the clone when the file is done. */
export function useDatabase(): TestDatabase {
  // Begins with the template's name, by which test/run.ts finds what a crash has left behind.
  const name = `${servers.template}_${process.pid}_${++clones}`;
  const url = urlOf(name);
  let sql: Sql | undefined;
  before(async () => {
    await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${servers.template}`);
    sql = openPostgres(url, { timeoutMs: 120_000, max: 8 });
  });
  after(async () => {
    await sql?.end({ timeout: 1 });
    await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
  });
  return {
    url,
    get sql() {
      if (!sql) throw new Error('the database is there once the tests run');
      return sql;
    },
  };
}

/** The test server's URL with another database. */
export function urlOf(database: string): string {
  const url = new URL(servers.databaseUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs one statement on the server's maintenance database. */
export async function asAdmin(statement: string): Promise<void> {
  const admin = openPostgres(servers.databaseUrl, { timeoutMs: 60_000, max: 1 });
  try {
    // Two files that clone at once wait for each other: PostgreSQL refuses a template in use.
    await admin`SELECT pg_advisory_lock(20261123)`;
    await admin.unsafe(statement);
  } finally {
    await admin.end({ timeout: 1 });
  }
}
