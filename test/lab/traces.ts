import type { Redis } from 'ioredis';
import type { Sql } from '../../src/stores/postgres.js';
import { digests } from '../dataset/tables.js';

/** All that is in the stores: names and numbers of the catalog's objects, rows, keys, collections. */
export async function tracesIn(sql: Sql, redis: Redis, collections: () => Promise<string[]>) {
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
        UNION ALL SELECT 'advisory lock', objid::int8, '' FROM pg_locks WHERE locktype = 'advisory'
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY 1, 2`),
    ],
    rows: await digests(sql),
    outbox: [...(await sql`SELECT id FROM outbox ORDER BY id`)],
    activity: [...(await sql`SELECT id FROM activity ORDER BY id`)],
    keys: (await redis.keys('*')).sort(),
    collections: await collections(),
  };
}
