import type { Sql } from '../stores/postgres.js';
import { perSecond, ratio } from './rates.js';
import type { IndexUse, LockWait, OutboxState, Requests } from './snapshot.js';
import { readStatements, type StatementCounts } from './statements.js';

/** Counters of one moment, to be compared with those of the next. */
export interface DatabaseSample {
  /** Milliseconds, of a clock that only goes forward. */
  readonly atMs: number;
  readonly activity: ActivityCounters;
  readonly statements: StatementCounts;
  readonly locks: readonly LockWait[];
  readonly indexes: readonly IndexCounters[];
  /** Null where the database has no socialdb schema. */
  readonly outbox: OutboxState | null;
}

interface ActivityCounters {
  readonly committed: number;
  readonly rolledBack: number;
  readonly hit: number;
  readonly read: number;
  readonly connections: number;
  readonly active: number;
  readonly maxConnections: number;
}

type IndexCounters = Omit<IndexUse, 'scansPerSecond'>;

/** Looks at a database once: a few statements on one connection, of the statistics views only. */
export async function sampleDatabase(sql: Sql): Promise<DatabaseSample> {
  const [activity] = await sql<ActivityCounters[]>`
    SELECT xact_commit AS committed, xact_rollback AS "rolledBack",
           blks_hit AS hit, blks_read AS read,
           current_setting('max_connections')::int AS "maxConnections",
           (SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database()) AS connections,
           (SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'active'
               AND pid <> pg_backend_pid()) AS active
      FROM pg_stat_database WHERE datname = current_database()`;
  if (!activity) throw new Error('pg_stat_database has no row of this database');
  return {
    atMs: performance.now(),
    activity,
    statements: await readStatements(sql),
    locks: await readLocks(sql),
    indexes: await readIndexes(sql),
    outbox: await readOutbox(sql),
  };
}

/** The figures of the stretch between two samples. */
export function requestsBetween(
  before: DatabaseSample | undefined,
  { atMs, activity, statements }: DatabaseSample,
): Requests {
  const seconds = before ? (atMs - before.atMs) / 1_000 : 0;
  const rate = (name: 'committed' | 'rolledBack' | 'hit' | 'read') =>
    perSecond(before?.activity[name], activity[name], seconds);
  const [committed, rolledBack] = [rate('committed'), rate('rolledBack')];
  const calls = before?.statements.calls;
  return {
    transactionsPerSecond:
      committed === null || rolledBack === null ? null : committed + rolledBack,
    rolledBackPerSecond: rolledBack,
    statementsPerSecond:
      statements.calls === null ? null : perSecond(calls ?? undefined, statements.calls, seconds),
    connections: activity.connections,
    maxConnections: activity.maxConnections,
    active: activity.active,
    bufferHitRatio: ratio(rate('hit'), rate('read')),
  };
}

/** How often each index was used in the stretch between two samples. */
export function indexUseBetween(
  before: DatabaseSample | undefined,
  { atMs, indexes }: DatabaseSample,
): IndexUse[] {
  const seconds = before ? (atMs - before.atMs) / 1_000 : 0;
  const earlier = new Map(before?.indexes.map(({ index, scans }) => [index, scans]));
  return indexes.map((use) => ({
    ...use,
    scansPerSecond: perSecond(earlier.get(use.index), use.scans, seconds),
  }));
}

async function readLocks(sql: Sql): Promise<LockWait[]> {
  return sql<LockWait[]>`
    SELECT waiting.pid, left(waiting.query, 500) AS query,
           (extract(epoch FROM clock_timestamp() - coalesce(wanted.waitstart, waiting.query_start))
             * 1000)::float8 AS "waitingMs",
           CASE WHEN wanted.locktype IN ('transactionid', 'tuple') THEN 'row'
                WHEN wanted.relation IS NOT NULL
                THEN concat_ws(' ', wanted.relation::regclass, replace(wanted.mode, 'Lock', ''))
                ELSE wanted.locktype END AS lock,
           (SELECT json_agg(json_build_object('pid', blocker.pid, 'doing',
                     CASE WHEN other.state LIKE 'idle in%' THEN other.state
                          ELSE left(other.query, 200) END))
              FROM unnest(pg_blocking_pids(waiting.pid)) AS blocker (pid)
              LEFT JOIN pg_stat_activity other ON other.pid = blocker.pid) AS "blockedBy"
      FROM pg_locks wanted
      JOIN pg_stat_activity waiting ON waiting.pid = wanted.pid
     WHERE NOT wanted.granted AND waiting.datname = current_database()
       AND cardinality(pg_blocking_pids(waiting.pid)) > 0
     ORDER BY "waitingMs" DESC, waiting.pid`;
}

async function readIndexes(sql: Sql): Promise<IndexCounters[]> {
  return sql<IndexCounters[]>`
    SELECT indexrelname AS index, relname AS table, coalesce(idx_scan, 0) AS scans,
           coalesce(pg_relation_size(indexrelid), 0) AS "sizeBytes"
      FROM pg_stat_user_indexes
     WHERE schemaname = current_schema()`;
}

const NO_TABLE = '42P01';

async function readOutbox(sql: Sql): Promise<OutboxState | null> {
  try {
    const [state] = await sql<OutboxState[]>`
      SELECT /* socialdb top */ count(*) FILTER (WHERE retry_at < 'infinity') AS waiting,
             count(*) FILTER (WHERE retry_at = 'infinity') AS "setAside",
             (extract(epoch FROM clock_timestamp()
                - min(created_at) FILTER (WHERE retry_at < 'infinity')) * 1000)::float8 AS "oldestMs"
        FROM outbox`;
    return state ?? null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === NO_TABLE) return null;
    throw error;
  }
}
