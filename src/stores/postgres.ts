import postgres from 'postgres';
import { renewed } from './postgres-renewal.js';
import { boundedSocket } from './postgres-socket.js';
import { safeBegin } from './postgres-transaction.js';

/** Timestamps stay text, at PostgreSQL's microseconds: a JavaScript Date would cut them to milliseconds. */
const types = {
  timestamptz: {
    to: 1184,
    from: [1184],
    serialize: (value: string) => value,
    parse: (value: string) => isoTimestamp(value),
  },
  int8: {
    to: 20,
    from: [20],
    serialize: (value: number) => String(value),
    parse: (value: string) => Number(value),
  },
};

export type Sql = postgres.Sql<{ timestamptz: string; int8: number }>;
export type Transaction = postgres.TransactionSql<{ timestamptz: string; int8: number }>;
/** Whatever can run a statement: the pool, or one transaction of it. */
export type Queryable = Sql | Transaction;

export interface PostgresOptions {
  /** Bound on a statement, and on any silence of the server, milliseconds. */
  readonly timeoutMs: number;
  /** Connections at most. */
  readonly max?: number;
  /** The schema that unqualified names mean; by default what the server has it. */
  readonly schema?: string;
  /** Connections stay open when they have nothing to do, with what belongs to their sessions. */
  readonly keep?: boolean;
  readonly onStatement?: (statement: string) => void;
}

const LOCK_TIMEOUT_MS = 1_500;

/**
 * Opens a pool that connects when it is first used.
 *
 * Every wait is bounded: the server ends a statement after `timeoutMs`, and a server that says
 * nothing for a little longer (frozen, black-holed) loses its connection, also in the middle of a
 * COPY or of the start-up, where the driver's own time-outs do not reach.
 *
 * @param url `postgres://…`
 * @returns the pool; end it with `sql.end({ timeout: 1 })`
 */
export function openPostgres(url: string, options: PostgresOptions): Sql {
  return renewed((onLost) => safeBegin(openPool(url, options, onLost)));
}

function openPool(url: string, options: PostgresOptions, onLost: () => void): Sql {
  const { timeoutMs, max = 4, keep = false } = options;
  return postgres(url, {
    max,
    types,
    // Saves a round trip at connect; arrays travel as JSON or with their type named.
    fetch_types: false,
    connect_timeout: 2,
    idle_timeout: keep ? 0 : 1,
    ...(keep && { max_lifetime: null }),
    // The driver would wait up to 20 s before it connects after failures; who calls has own pauses.
    backoff: () => 0,
    socket: boundedSocket(timeoutMs + 250, onLost),
    onnotice: () => {},
    connection: {
      application_name: 'socialdb',
      // Compiling costs more than it saves in statements of a few milliseconds.
      jit: 'off',
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      statement_timeout: timeoutMs,
      lock_timeout: Math.min(LOCK_TIMEOUT_MS, timeoutMs),
      idle_in_transaction_session_timeout: timeoutMs,
      ...(options.schema && { search_path: options.schema }),
    },
    ...(options.onStatement && {
      debug: (_connection: number, statement: string) => options.onStatement?.(statement),
    }),
  } as postgres.Options<typeof types>) as unknown as Sql;
}

/** `2026-11-23 15:09:15.123456+00` as `2026-11-23T15:09:15.123456Z`; infinities as they are. */
function isoTimestamp(text: string): string {
  // The usual case, without a regular expression: a page of posts has twenty of them.
  if (text.length === 29 && text[10] === ' ' && text.endsWith('+00')) {
    return `${text.slice(0, 10)}T${text.slice(11, 26)}Z`;
  }
  const parts = /^(\d{4,})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  if (!parts) return text;
  const [, year, month, day, time, fraction = ''] = parts;
  return `${year}-${month}-${day}T${time}.${fraction.padEnd(6, '0')}Z`;
}
