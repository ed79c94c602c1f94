import { redactUrl } from '../../config.js';
import type { Sql } from '../../stores/postgres.js';
import { psql, quoted } from '../../tuning/hints/hint.js';
import { milliseconds } from '../../wording.js';
import { advise, type Check, fail, ok, warn } from '../check.js';
import { clockFinding, type Reading } from '../clock.js';
import { median, SLOW_MS } from '../latency.js';

/** A PostgreSQL that answered, and what many checks ask about it. */
export interface PostgresSubject {
  readonly sql: Sql;
  readonly version: string;
  readonly address: string;
  /** Milliseconds. */
  readonly roundTripMs: number;
  readonly clock: Reading;
  /** Whether it runs on this machine, so that this machine's memory and disks are its own. */
  readonly local: boolean;
  /** Whether socialdb may see what other sessions do. */
  readonly seesAll: boolean;
  readonly settings: Readonly<Record<string, Setting>>;
  readonly patience: Patience;
}

/** How long a session may do so before it is worth a word, seconds. */
export interface Patience {
  readonly idleInTransaction: number;
  readonly statement: number;
  readonly lock: number;
  readonly prepared: number;
}

const PATIENCE: Patience = { idleInTransaction: 60, statement: 300, lock: 2, prepared: 60 };

interface Setting {
  /** As SHOW has it: `128MB`. */
  readonly value: string;
  /** Of settings that are an amount of memory. */
  readonly bytes: number | null;
}

const SAMPLES = 5;
const OLDEST_MAJOR = 15;

/**
 * Asks the server what it is; the first word spoken to it.
 *
 * @throws the driver's error when it cannot be reached
 */
export async function meetPostgres(sql: Sql, url: string): Promise<PostgresSubject> {
  const [server] = await sql<Pick<PostgresSubject, 'version' | 'local' | 'seesAll' | 'settings'>[]>`
    SELECT current_setting('server_version') AS version,
           coalesce(host(inet_server_addr()) IN ('127.0.0.1', '::1'), true) AS local,
           pg_has_role('pg_read_all_stats', 'USAGE') AS "seesAll",
           (SELECT json_object_agg(name, json_build_object(
                     'value', current_setting(name),
                     'bytes', CASE WHEN unit IN ('B', 'kB', '8kB', 'MB')
                                   THEN pg_size_bytes(current_setting(name)) END))
              FROM pg_settings) AS settings`;
  if (!server) throw new Error('a select without FROM gave no row');
  const readings: Reading[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) readings.push(await readClock(sql));
  return {
    sql,
    ...server,
    address: redactUrl(url),
    patience: PATIENCE,
    roundTripMs: median(readings.map(({ roundTripMs }) => roundTripMs)),
    clock: readings.reduce((best, one) => (one.roundTripMs < best.roundTripMs ? one : best)),
  };
}

async function readClock(sql: Sql): Promise<Reading> {
  const askedAt = Date.now();
  const started = performance.now();
  const [row] = await sql<{ ms: number }[]>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms`;
  return { askedAt, theirs: row?.ms ?? 0, roundTripMs: performance.now() - started };
}

export const POSTGRES_REACHABLE: Check<PostgresSubject> = {
  name: 'postgresql-reachable',
  run({ version, address, roundTripMs }) {
    const trip = `PostgreSQL ${version}, a round trip takes ${milliseconds(roundTripMs)}`;
    if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
      return warn(`${trip}; older than ${OLDEST_MAJOR}, which is untried`, null);
    }
    if (roundTripMs >= SLOW_MS)
      return warn(
        `${trip}: a feed makes three`,
        advise(`measure the network on the way to ${address}`),
      );
    return ok(trip);
  },
};

const writable: Check<PostgresSubject> = {
  name: 'writable',
  async run({ sql }) {
    const [state] = await sql<{ standby: boolean; readOnly: string; database: string }[]>`
      SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS "readOnly",
             current_database() AS database`;
    if (state?.standby) {
      return fail(
        'it is a standby, which takes no writes',
        advise('name the primary in DATABASE_URL'),
      );
    }
    if (state?.readOnly !== 'on') return ok('takes writes');
    const setting = 'default_transaction_read_only';
    return fail(
      `${setting} is on: it takes no writes`,
      `${psql(`SET ${setting} = off`)} -c "ALTER DATABASE ${quoted(state.database)} RESET ${setting}"`,
    );
  },
};

const clock: Check<PostgresSubject> = {
  name: 'postgresql-clock',
  run: ({ clock }) => clockFinding(clock),
};

export const SERVER_CHECKS = [writable, clock];
