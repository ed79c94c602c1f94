import type { Sql } from './postgres.js';

/** What tells this database from any other, also from a copy of its rows. */
export interface Instance {
  /** Signs page cursors; 32 bytes in hex. */
  readonly cursorKey: string;
  /** Names the database in Redis keys, so that two databases never share a timeline. */
  readonly scope: string;
}

const instances = new WeakMap<Sql, Promise<Instance>>();

/**
 * Reads the instance, once for each pool. The scope is the cluster's identifier and the database's
 * oid: equal on a replica, which has the same rows, and different on a restored copy, which drifts. A
 * schema other than public is part of it, since its rows are others.
 */
export function instanceOf(sql: Sql): Promise<Instance> {
  let instance = instances.get(sql);
  if (!instance) {
    instance = readInstance(sql);
    instances.set(sql, instance);
    // A server that was down may be back at the next try.
    instance.catch(() => instances.delete(sql));
  }
  return instance;
}

async function readInstance(sql: Sql): Promise<Instance> {
  const [row] = await sql<Instance[]>`
    SELECT encode(cursor_key, 'hex') AS "cursorKey",
           (SELECT to_hex(system_identifier) FROM pg_control_system()) || '.' ||
           (SELECT oid FROM pg_database WHERE datname = current_database()) ||
           CASE WHEN current_schema() = 'public' THEN '' ELSE '.' || current_schema() END AS scope
      FROM instance`;
  if (!row) throw new Error('table instance has lost its row');
  return row;
}
