import { createConnection, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import postgres from 'postgres';

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
  /** How long a connection that nobody uses is kept, seconds; by default so long as a command may need. */
  readonly idleSeconds?: number;
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
  const { timeoutMs, max = 4, idleSeconds = 1 } = options;
  return postgres(url, {
    max,
    types,
    // Saves a round trip at connect; arrays travel as JSON or with their type named.
    fetch_types: false,
    connect_timeout: 2,
    idle_timeout: idleSeconds,
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

/**
 * Makes the driver's sockets, each of which gives up after `silenceMs` without a byte. A socket is
 * handed over while it connects: the driver deals well with one that fails later, and loses a
 * connection for good when it gets none.
 */
function boundedSocket(silenceMs: number) {
  // The driver reconnects for ever when a server accepts and closes; one such answer is enough.
  let closedWithoutWord = false;
  return ({ path, host, port }: SocketTarget): Socket => {
    if (closedWithoutWord) {
      closedWithoutWord = false;
      return deadSocket('closed the connection before it said anything');
    }
    const socket = path
      ? createConnection(path)
      : createConnection(port[0] ?? 5432, host[0] ?? 'localhost');
    socket.setTimeout(silenceMs, () => socket.destroy(new Error('did not answer in time')));
    socket.once('close', (hadError) => {
      closedWithoutWord = !hadError && socket.bytesRead === 0;
    });
    return socket;
  };
}

/** Takes what is written, and fails a moment later: a driver whose socket fails at once never writes again. */
function deadSocket(reason: string): Socket {
  const dead = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  setTimeout(() => dead.destroy(new Error(reason)), 1);
  return dead as Socket;
}
