import type { Sql } from '../stores/postgres.js';
import { perSecond } from './rates.js';
import type { SlowStatement, SlowStatements } from './snapshot.js';

/** A statement as pg_stat_statements counts it. */
interface CountedStatement {
  readonly key: string;
  readonly query: string;
  readonly calls: number;
  readonly totalMs: number;
}

interface RunningStatement {
  readonly query: string;
  readonly runningMs: number;
}

/** Counted where the server counts; else what runs just now. */
export interface StatementCounts {
  /** All calls; null where nobody counts them. */
  readonly calls: number | null;
  readonly counted: readonly CountedStatement[];
  readonly running: readonly RunningStatement[];
}

const MOST_COUNTED = 500;
const MOST_RUNNING = 50;

/** Reads pg_stat_statements where this role may; the longest running statements otherwise. */
export async function readStatements(sql: Sql): Promise<StatementCounts> {
  const [offer] = await sql<{ there: boolean }[]>`
    SELECT /* socialdb top */ to_regclass('pg_stat_statements') IS NOT NULL
       AND current_setting('pg_stat_statements.max', true) IS NOT NULL AS there`;
  if (!offer?.there) return { calls: null, counted: [], running: await readRunning(sql) };
  const rows = await sql<(CountedStatement & { allCalls: number })[]>`
    WITH counted AS (
      SELECT userid || ' ' || queryid || ' ' || toplevel AS key, query,
             calls, total_exec_time AS "totalMs", (sum(calls) OVER ())::int8 AS "allCalls"
        FROM pg_stat_statements
       WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
    SELECT key, left(query, 500) AS query, calls, "totalMs", "allCalls" FROM counted
     -- What looks at the statistics, as this does, is not what is looked for.
     WHERE query !~* '\\mpg_|socialdb top|^(BEGIN|COMMIT|ROLLBACK|SET|SAVEPOINT|RELEASE)\\M'
     ORDER BY "totalMs" DESC LIMIT ${MOST_COUNTED}::int`;
  return { calls: rows[0]?.allCalls ?? 0, counted: rows, running: [] };
}

function readRunning(sql: Sql): Promise<RunningStatement[]> {
  return sql<RunningStatement[]>`
    SELECT left(query, 500) AS query,
           (extract(epoch FROM clock_timestamp() - query_start) * 1000)::float8 AS "runningMs"
      FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
       AND backend_type = 'client backend' AND query_start IS NOT NULL
     ORDER BY query_start LIMIT ${MOST_RUNNING}::int`;
}

/** The statements of the stretch between two samples, in no order. */
export function statementsBetween(
  before: StatementCounts | undefined,
  after: StatementCounts,
  seconds: number,
): SlowStatements {
  if (after.calls === null) {
    const statements = after.running.map((one): SlowStatement => {
      return { ...one, callsPerSecond: null, meanMs: null, loadMs: null };
    });
    return { source: 'pg_stat_activity', statements };
  }
  const earlier = new Map(before?.counted.map((one) => [one.key, one]));
  return {
    source: 'pg_stat_statements',
    statements: after.counted.map(({ key, query, calls, totalMs }) => {
      const was = earlier.get(key);
      const callsPerSecond = perSecond(was?.calls, calls, seconds);
      const loadMs = perSecond(was?.totalMs, totalMs, seconds);
      const recent = callsPerSecond && loadMs !== null ? loadMs / callsPerSecond : null;
      // A statement that nobody runs just now is shown with what it took so far.
      return { query, callsPerSecond, loadMs, meanMs: recent ?? totalMs / calls, runningMs: null };
    }),
  };
}
