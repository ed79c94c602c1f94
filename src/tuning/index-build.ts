import { setTimeout } from 'node:timers/promises';
import postgres from 'postgres';
import { InterruptedError, RequestError } from '../errors.js';
import type { Sql } from '../stores/postgres.js';
import { isLost, LostWrite } from '../stores/postgres-failure.js';
import type { BuildPlan } from './index-plan.js';
import { type Connection, onOneConnection } from './session.js';

/** How far a build has come, as pg_stat_progress_create_index tells. */
export interface BuildProgress {
  /** `building index: scanning table`, … */
  readonly phase: string;
  /** Of this phase; 0 where PostgreSQL does not say. */
  readonly done: number;
  readonly total: number;
  /** The process of the transaction that is waited for, if one is. */
  readonly waitsFor: number | null;
}

export interface BuildOptions {
  readonly interrupted?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
}

export interface BuiltIndex extends Omit<BuildPlan, 'state'> {
  /** False when it was there already. */
  readonly changed: boolean;
  /** An invalid left-over was dropped first. */
  readonly rebuilt: boolean;
  readonly durationMs: number;
  readonly sizeBytes: number;
}

/**
 * Builds an index while others read and write. A build that fails or is interrupted leaves nothing
 * behind, unless a transaction of others holds the left-over; then the error says so.
 *
 * @throws RequestError `index-not-built`; InterruptedError
 */
export async function buildIndex(
  sql: Sql,
  { state, ...plan }: BuildPlan,
  { interrupted, onProgress }: BuildOptions = {},
): Promise<BuiltIndex> {
  const started = performance.now();
  if (state !== 'valid') {
    await onOneConnection(sql, interrupted, async (connection) => {
      // It waits for old transactions, which may take as long as they like: it locks nobody out.
      await connection`SET lock_timeout = 0`;
      if (state === 'invalid') await connection.unsafe(await dropStatement(sql, plan.name));
      await watched(sql, connection, plan.statement, onProgress);
    }).catch((error) => cleanedUp(sql, plan.name, error));
  }
  const [size] = await sql<{ bytes: number }[]>`
    SELECT pg_relation_size(to_regclass(quote_ident(${plan.name}))) AS bytes`;
  return {
    ...plan,
    changed: state !== 'valid',
    rebuilt: state === 'invalid',
    durationMs: performance.now() - started,
    sizeBytes: size?.bytes ?? 0,
  };
}

/** `DROP INDEX CONCURRENTLY …` with the name quoted by the server. */
export async function dropStatement(sql: Sql, name: string): Promise<string> {
  const [row] = await sql<{ statement: string }[]>`
    SELECT format('DROP INDEX CONCURRENTLY %I', ${name}::text) AS statement`;
  if (!row) throw new Error('format gave nothing');
  return row.statement;
}

const LOOK_EVERY_MS = 250;

/** Runs the build on one connection and looks at its progress through another. */
async function watched(
  sql: Sql,
  connection: Connection,
  statement: string,
  onProgress: BuildOptions['onProgress'],
): Promise<void> {
  const [backend] = await connection<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  const ended = new AbortController();
  const watching = onProgress && watch(sql, backend?.pid ?? 0, ended.signal, onProgress);
  try {
    await connection.unsafe(statement);
  } finally {
    ended.abort();
    await watching;
  }
}

async function watch(
  sql: Sql,
  pid: number,
  ended: AbortSignal,
  onProgress: (progress: BuildProgress) => void,
): Promise<void> {
  while (!ended.aborted) {
    await setTimeout(LOOK_EVERY_MS, undefined, { signal: ended }).catch(() => {});
    if (ended.aborted) return;
    const [progress] = await sql<BuildProgress[]>`
      SELECT phase,
             greatest(blocks_done, tuples_done) AS done,
             greatest(blocks_total, tuples_total) AS total,
             nullif(current_locker_pid, 0)::int AS "waitsFor"
        FROM pg_stat_progress_create_index WHERE pid = ${pid}::int`.catch(() => []);
    if (progress) onProgress(progress);
  }
}

/** Drops what a failed build left behind, and throws what the failure means. */
async function cleanedUp(sql: Sql, name: string, error: unknown): Promise<never> {
  // The server builds on until it has something to say.
  if (isLost(error)) throw new LostWrite('socialdb index list', error);
  const [left] = await sql`
    SELECT FROM pg_index WHERE indexrelid = to_regclass(quote_ident(${name})) AND NOT indisvalid`;
  const gone =
    !left ||
    (await sql.unsafe(await dropStatement(sql, name)).then(
      () => true,
      () => false,
    ));
  const after = gone
    ? 'nothing was left behind'
    : `an invalid index is left, which no plan uses; socialdb index add ${name} builds it again`;
  if (error instanceof InterruptedError) throw new InterruptedError(after);
  if (!(error instanceof postgres.PostgresError) || /^(08|25006|53|57|58)/.test(error.code))
    throw error;
  throw new RequestError('index-not-built', error.message, after, { cause: error });
}
