import { openPostgres } from '../stores/postgres.js';
import type { Connection } from '../tuning/session.js';
import type { Scene } from './scene.js';
import { type Voice, voiceOf } from './voice.js';

/** One connection to PostgreSQL, whose statements are shown with its name. */
export interface Session extends Voice {
  readonly name: string;
  readonly pid: number;
  /** The same statements without showing them. */
  readonly quietly: Voice;
  close(): Promise<void>;
}

interface SessionOptions {
  readonly url: string;
  readonly schema: string;
  readonly show: (scene: Scene) => void;
  /** The name of the session that has this process number. */
  readonly nameOf: (pid: number) => string;
}

/** Longer than PostgreSQL waits before it looks for a deadlock, unless somebody set that very high. */
const LOCK_TIMEOUT = '20s';
const STATEMENT_MS = 30_000;

/** Opens a session in the scratch schema. */
export async function openSession(name: string, options: SessionOptions): Promise<Session> {
  const { url, schema, show, nameOf } = options;
  const pool = openPostgres(url, { timeoutMs: STATEMENT_MS, schema, max: 2 });
  // postgres.js reserves only a connection that is open already.
  await pool`SELECT`;
  const connection = (await pool.reserve()) as Connection;
  const [backend] = await connection<{ pid: number }[]>`
    SELECT pg_backend_pid() AS pid, set_config('lock_timeout', ${LOCK_TIMEOUT}, false)`;
  const pid = backend?.pid ?? 0;
  const line = { name, pid, pool, connection, nameOf };
  return {
    name,
    pid,
    ...voiceOf(line, show),
    quietly: voiceOf(line, () => {}),
    // What it has open is rolled back by the server when the connection goes.
    close: () => pool.end({ timeout: 0 }),
  };
}
