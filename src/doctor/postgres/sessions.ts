import type { Sql } from '../../stores/postgres.js';
import { psql } from '../../tuning/hints/hint.js';
import { count, plural, span } from '../../wording.js';
import { type Check, fail, ok, some, warn } from '../check.js';
import { alterSystemThenRestart } from './alter-system.js';
import type { PostgresSubject } from './server.js';

const HEAVY = 0.8;
const FULL = 0.95;

const connections: Check<PostgresSubject> = {
  name: 'connections',
  async run({ sql, settings }) {
    const [used] = await sql<{ count: number }[]>`
      SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'`;
    const all = Number(settings.max_connections?.value);
    const kept =
      Number(settings.superuser_reserved_connections?.value) +
      Number(settings.reserved_connections?.value ?? 0);
    const room = all - kept;
    const taken = used?.count ?? 0;
    const evidence = `${count(taken)} of ${count(room)}`;
    const fix = alterSystemThenRestart('max_connections', String(2 * all));
    if (taken >= FULL * room) return fail(`${evidence}: new ones are refused`, fix);
    return taken >= HEAVY * room ? warn(`${evidence}: close to the limit`, fix) : ok(evidence);
  },
};

interface Session {
  readonly pid: number;
  readonly name: string;
  readonly seconds: number;
}

const idleTransactions: Check<PostgresSubject> = {
  name: 'idle-transactions',
  async run({ sql, seesAll, patience }) {
    const sessions = await sql<Session[]>`
      SELECT pid, coalesce(nullif(application_name, ''), usename) AS name,
             extract(epoch FROM clock_timestamp() - state_change)::float8 AS seconds
        FROM pg_stat_activity
       WHERE state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()
         AND clock_timestamp() - state_change >= ${patience.idleInTransaction} * interval '1 s'
       ORDER BY state_change`;
    const what = `none for more than ${span(patience.idleInTransaction)}`;
    return sessionsFinding(
      sessions,
      what,
      seesAll,
      'keeps its locks and keeps vacuum from its work',
    );
  },
};

const longStatements: Check<PostgresSubject> = {
  name: 'long-statements',
  async run({ sql, seesAll, patience }) {
    const sessions = await sql<Session[]>`
      SELECT pid, coalesce(nullif(application_name, ''), usename) AS name,
             extract(epoch FROM clock_timestamp() - query_start)::float8 AS seconds
        FROM pg_stat_activity
       WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
         AND clock_timestamp() - query_start >= ${patience.statement} * interval '1 s'
       ORDER BY query_start`;
    return sessionsFinding(
      sessions,
      `none of more than ${span(patience.statement)}`,
      seesAll,
      'still runs',
    );
  },
};

function sessionsFinding(
  sessions: readonly Session[],
  none: string,
  seesAll: boolean,
  what: string,
) {
  const [oldest] = sessions;
  if (oldest) {
    const others = sessions.length > 1 ? `, and ${plural(sessions.length - 1, 'other')}` : '';
    return warn(
      `${oldest.name} (pid ${oldest.pid}) for ${span(oldest.seconds)}: ${what}${others}`,
      psql(`SELECT pg_terminate_backend(${oldest.pid})`),
    );
  }
  return ok(seesAll ? none : `${none}; other users' sessions cannot be seen without pg_monitor`);
}

interface Wait {
  readonly pid: number;
  readonly seconds: number;
  readonly blocker: number;
  readonly blockerState: string | null;
}

const lockWaits: Check<PostgresSubject> = {
  name: 'lock-waits',
  async run({ sql, patience }) {
    const waits = await readWaits(sql, patience.lock);
    const [longest] = waits;
    if (!longest) return ok(`none of more than ${span(patience.lock)}`);
    // Whoever stands at the front of the queue waits for nobody.
    const waiting = new Set(waits.map(({ pid }) => pid));
    const cause = waits.find(({ blocker }) => !waiting.has(blocker)) ?? longest;
    return warn(
      `${plural(waits.length, 'session waits', 'sessions wait')}, up to ${span(longest.seconds)}, for pid ${cause.blocker} (${cause.blockerState ?? 'prepared'})`,
      psql(`SELECT pg_terminate_backend(${cause.blocker})`),
    );
  },
};

async function readWaits(sql: Sql, seconds: number): Promise<Wait[]> {
  return sql<Wait[]>`
    SELECT a.pid, extract(epoch FROM clock_timestamp() - l.waitstart)::float8 AS seconds,
           blocker, b.state AS "blockerState"
      FROM pg_stat_activity a
      JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted
     CROSS JOIN LATERAL (SELECT pg_blocking_pids(a.pid)) AS blocking (pids)
     CROSS JOIN LATERAL (SELECT pids[1]) AS first (blocker)
      LEFT JOIN pg_stat_activity b ON b.pid = blocker
     WHERE clock_timestamp() - l.waitstart >= ${seconds} * interval '1 s' AND blocker IS NOT NULL
     ORDER BY l.waitstart`;
}

const preparedTransactions: Check<PostgresSubject> = {
  name: 'prepared-transactions',
  async run({ sql, patience }) {
    const rows = await sql<{ gid: string; seconds: number }[]>`
      SELECT gid, extract(epoch FROM clock_timestamp() - prepared)::float8 AS seconds
        FROM pg_prepared_xacts
       WHERE clock_timestamp() - prepared >= ${patience.prepared} * interval '1 s'
       ORDER BY prepared`;
    const [oldest] = rows;
    if (!oldest) return ok('none forgotten');
    return warn(
      `${some(rows.map(({ gid }) => gid))} for ${span(oldest.seconds)}: keeps its locks, also over a restart`,
      psql(`ROLLBACK PREPARED '${oldest.gid.replaceAll("'", "''")}'`),
    );
  },
};

export const SESSION_CHECKS = [
  connections,
  idleTransactions,
  longStatements,
  lockWaits,
  preparedTransactions,
];
