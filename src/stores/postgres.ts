import { createConnection, type Socket } from 'node:net';
import postgres from 'postgres';
import { redactUrl } from '../config.js';
import { messageOf, RequestError, type SocialdbError, StoreError } from '../errors.js';

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
  const { timeoutMs, max = 4 } = options;
  return postgres(url, {
    max,
    types,
    // Saves a round trip at connect; arrays travel as JSON or with their type named.
    fetch_types: false,
    connect_timeout: 2,
    idle_timeout: 1,
    socket: boundedSocket(timeoutMs + 250),
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
  const parts = /^(\d{4,})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  if (!parts) return text;
  const [, year, month, day, time, fraction = ''] = parts;
  return `${year}-${month}-${day}T${time}.${fraction.padEnd(6, '0')}Z`;
}

interface SocketTarget {
  readonly path?: string | false;
  readonly host: readonly string[];
  readonly port: readonly number[];
}

/** Makes the driver's sockets, each of which gives up after `silenceMs` without a byte. */
function boundedSocket(silenceMs: number) {
  // The driver reconnects for ever when a server accepts and closes; one such answer is enough.
  let closedWithoutWord = false;
  return ({ path, host, port }: SocketTarget) =>
    new Promise<Socket>((resolve, reject) => {
      if (closedWithoutWord) {
        closedWithoutWord = false;
        reject(new Error('closed the connection before it said anything'));
        return;
      }
      const socket = path
        ? createConnection(path)
        : createConnection(port[0] ?? 5432, host[0] ?? 'localhost');
      socket.setTimeout(silenceMs, () => socket.destroy(new Error('did not answer in time')));
      socket.once('error', reject);
      socket.once('close', () => {
        if (socket.bytesRead === 0) closedWithoutWord = true;
      });
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(socket);
      });
    });
}

/** SQLSTATE classes in which the server, not the request, is what is wrong. */
const SERVER_STATES = /^(08|53|57P|58|28|3D)/;

/**
 * Says in one line what PostgreSQL's failure means, without the driver's words where they could
 * hold a secret.
 *
 * @returns undefined when the error did not come from PostgreSQL or is a bug of ours
 */
export function postgresFailure(thrown: unknown, url: string): SocialdbError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const code = 'code' in thrown ? String(thrown.code) : '';
  const where = `PostgreSQL at ${redactUrl(url)}`;
  const unreachable = (what: string, hint: string) =>
    new StoreError('postgres-unavailable', `${where} ${what}`, hint, { cause: thrown });
  if (code === '42P01' || code === '42883' || code === '3F000') {
    return new RequestError(
      'schema-missing',
      `the database has no socialdb schema, or an older one: ${messageOf(thrown)}`,
      'run: socialdb migrate',
    );
  }
  if (code === '57014') {
    return unreachable(
      'ended the statement at its time limit',
      'raise SOCIALDB_TIMEOUT_MS or try again',
    );
  }
  if (code === '55P03') {
    return unreachable('has the rows locked by another session', 'try again in a moment');
  }
  if (code === '28P01' || code === '28000') {
    return unreachable(
      'refused the user or password',
      'check the user and password in DATABASE_URL',
    );
  }
  if (code === '3D000') {
    return unreachable('has no such database', 'create it, or name another in DATABASE_URL');
  }
  if (SERVER_STATES.test(code)) {
    return unreachable(`refused: ${messageOf(thrown)}`, 'run: socialdb doctor');
  }
  if (isConnectionFailure(thrown, code)) {
    return unreachable(reasonOf(thrown, code), 'check DATABASE_URL, or run: socialdb stack up');
  }
  return undefined;
}

function isConnectionFailure(thrown: Error, code: string): boolean {
  return (
    /^(E[A-Z]+|CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED))$/.test(code) ||
    /did not answer in time|before it said anything/.test(thrown.message)
  );
}

function reasonOf(thrown: Error, code: string): string {
  if (code === 'ECONNREFUSED') return 'refuses connections';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'cannot be found: no such host';
  if (code === 'CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'did not answer in time';
  if (code.startsWith('CONNECTION_') || code === 'ECONNRESET' || code === 'EPIPE') {
    return 'closed the connection';
  }
  return code ? `cannot be reached (${code})` : thrown.message;
}
