import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Sql } from '../../stores/postgres.js';

/** Where the report was measured. */
export interface Machine {
  /** The machine that socialdb runs on; the servers may be elsewhere. */
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly postgresql: string;
  readonly database: string;
}

export interface TableSize {
  readonly table: string;
  /** As the last ANALYZE counted them; null where there was none. */
  readonly rows: number | null;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

export interface Setting {
  readonly name: string;
  readonly value: string;
  /** `default`, `configuration file`, … */
  readonly source: string;
}

export async function readMachine(sql: Sql): Promise<Machine> {
  const [server] = await sql<{ version: string; database: string }[]>`
    SELECT current_setting('server_version') AS version, current_database() AS database`;
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.versions.node,
    postgresql: server?.version ?? '',
    database: server?.database ?? '',
  };
}

export async function readSizes(sql: Sql): Promise<TableSize[]> {
  return sql<TableSize[]>`
    SELECT relname AS table, nullif(reltuples, -1)::int8 AS rows,
           pg_table_size(oid) AS "tableBytes", pg_indexes_size(oid) AS "indexBytes"
      FROM pg_class
     WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
     ORDER BY pg_total_relation_size(oid) DESC, relname`;
}

/** Settings that decide about plans and about what stays in memory. */
const SETTINGS = [
  ...['shared_buffers', 'effective_cache_size', 'work_mem', 'maintenance_work_mem'],
  ...['random_page_cost', 'effective_io_concurrency', 'default_statistics_target', 'jit'],
  ...['max_parallel_workers_per_gather', 'autovacuum', 'synchronous_commit', 'fsync'],
];

export async function readSettings(sql: Sql): Promise<Setting[]> {
  return sql<Setting[]>`
    SELECT name, current_setting(name) AS value, source FROM pg_settings
     WHERE name IN (SELECT json_array_elements_text(${JSON.stringify(SETTINGS)}::text::json))
     ORDER BY name`;
}
