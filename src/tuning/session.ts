import type postgres from 'postgres';
import { InterruptedError } from '../errors.js';
import type { Sql, Transaction } from '../stores/postgres.js';

export interface SessionOptions {
  /** Bound on one statement, milliseconds. */
  readonly timeoutMs: number;
  readonly interrupted?: AbortSignal | undefined;
}

/** A connection that asks nothing for so long, in the middle of its work, has lost its program. */
const IDLE_MS = 5_000;
/** How often the server looks whether the program is still there while a statement runs. */
const LOOK_MS = 1_000;

/** How the result leaves a transaction that must not end well. */
class RolledBack<T> {
  constructor(readonly result: T) {}
}

/**
 * Runs `work` on a connection of its own, in one snapshot, and rolls back whatever it did. The driver
 * commits when its callback returns, and this one never does: a result is thrown like an error. A
 * program that is killed leaves the server with a closed connection, which is a rollback, too.
 *
 * @throws InterruptedError when `interrupted` is aborted; the statement that runs is cancelled
 */
export async function rolledBack<T>(
  sql: Sql,
  { timeoutMs, interrupted }: SessionOptions,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  if (interrupted?.aborted) throw new InterruptedError();
  let stopCancelling = () => {};
  try {
    return await sql.begin('ISOLATION LEVEL REPEATABLE READ', async (transaction) => {
      stopCancelling = await cancelOnAbort(sql, transaction, interrupted);
      await limit(transaction, timeoutMs);
      throw new RolledBack(await work(transaction));
    });
  } catch (end) {
    if (interrupted?.aborted) throw new InterruptedError();
    if (end instanceof RolledBack) return end.result as T;
    throw end;
  } finally {
    stopCancelling();
  }
}

async function limit(transaction: Transaction, timeoutMs: number): Promise<void> {
  await transaction`
    SELECT set_config('statement_timeout', ${`${timeoutMs}ms`}, true),
           set_config('idle_in_transaction_session_timeout', ${`${IDLE_MS}ms`}, true)`;
  // Not every platform can look, and those that cannot refuse the setting.
  await transaction`
    SELECT set_config('client_connection_check_interval', ${`${LOOK_MS}ms`}, true)
     WHERE version() LIKE '%linux%'`;
}

/** Runs `work` and undoes what it did, also after an error; what came before stays. */
export async function undone<T>(transaction: Transaction, work: () => Promise<T>): Promise<T> {
  await transaction`SAVEPOINT undone`;
  try {
    return await work();
  } finally {
    await transaction`ROLLBACK TO SAVEPOINT undone`;
    await transaction`RELEASE SAVEPOINT undone`;
  }
}

/** From here to the next rollback nothing can be written, whatever the statement. */
export async function readOnly(transaction: Transaction): Promise<void> {
  await transaction`SET TRANSACTION READ ONLY`;
}

/** One connection, outside of any transaction. */
export type Connection = postgres.ReservedSql<{ timestamptz: string; int8: number }>;

/**
 * Runs `work` on a connection of its own, for what cannot run in a transaction. Settings that it made
 * are reset.
 *
 * @throws InterruptedError when `interrupted` is aborted; the statement that runs is cancelled
 */
export async function onOneConnection<T>(
  sql: Sql,
  interrupted: AbortSignal | undefined,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  if (interrupted?.aborted) throw new InterruptedError();
  // postgres.js reserves only a connection that is open already; on a new one it would wait for ever.
  await sql`SELECT`;
  const connection = (await sql.reserve()) as Connection;
  const stopCancelling = await cancelOnAbort(sql, connection, interrupted);
  try {
    return await work(connection);
  } catch (error) {
    throw interrupted?.aborted ? new InterruptedError() : error;
  } finally {
    stopCancelling();
    await connection`RESET ALL`.then(
      () => connection.release(),
      // The connection is gone, and its settings with it.
      () => {},
    );
  }
}

/** How often a cancellation is sent: one that comes between two statements is lost. */
const CANCEL_EVERY_MS = 100;

/** Cancels on the server what this connection runs when the signal comes; returns how to stop that. */
async function cancelOnAbort(
  sql: Sql,
  connection: Transaction | Connection,
  interrupted: AbortSignal | undefined,
): Promise<() => void> {
  const [backend] = await connection<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  const cancel = () => {
    sql`SELECT pg_cancel_backend(${backend?.pid ?? 0}::int)`.catch(() => {});
  };
  let cancelling: NodeJS.Timeout | undefined;
  const start = () => {
    cancel();
    cancelling = setInterval(cancel, CANCEL_EVERY_MS);
  };
  if (interrupted?.aborted) start();
  interrupted?.addEventListener('abort', start, { once: true });
  return () => {
    interrupted?.removeEventListener('abort', start);
    clearInterval(cancelling);
  };
}
