import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Sql } from '../../src/stores/postgres.js';
import { digests } from '../dataset/tables.js';

const LOCKS = `SELECT 'advisory lock' AS kind, objid::int8 AS oid, '' AS name FROM pg_locks
  WHERE locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const PATIENCE_MS = 2_000;

/** A server takes a moment to end the session of a program that has ended, and frees its locks then. */
async function sessionsEnded(sql: Sql): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end && (await sql.unsafe(LOCKS)).length > 0) await sleep(10);
}

/** All that is in the stores: names and numbers of the catalog's objects, rows, keys, collections. */
export async function tracesIn(sql: Sql, redis: Redis, collections: () => Promise<string[]>) {
  await sessionsEnded(sql);
  return {
    catalog: [
      ...(await sql`
        SELECT 'schema' AS kind, oid::int8, nspname::text AS name FROM pg_namespace
         WHERE nspname !~ '^pg_(toast_)?temp_'
        UNION ALL SELECT 'relation', oid::int8, relname FROM pg_class
         WHERE oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_(toast_)?temp_'
        UNION ALL SELECT 'type', oid::int8, typname FROM pg_type WHERE oid >= 16384
        UNION ALL SELECT 'function', oid::int8, proname FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT 'role', oid::int8, rolname FROM pg_roles
        UNION ALL ${sql.unsafe(LOCKS)}
        ORDER BY 1, 2`),
    ],
    rows: await digests(sql),
    outbox: [...(await sql`SELECT id FROM outbox ORDER BY id`)],
    activity: [...(await sql`SELECT id FROM activity ORDER BY id`)],
    keys: (await redis.keys('*')).sort(),
    collections: await collections(),
  };
}
