import type { Sql, Transaction } from './postgres.js';
import { isLost } from './postgres-failure.js';

type Work<T> = (transaction: Transaction) => T | Promise<T>;

/**
 * Gives a pool a `begin` that can lose its connection. That of postgres.js 3.4 goes on to send to a
 * connection that has closed meanwhile: a ROLLBACK, a COMMIT, or whatever the work still asks for. It
 * ends the process, or runs in the next session that gets the connection, outside of any transaction.
 */
export function safeBegin(sql: Sql): Sql {
  const begin = sql.begin.bind(sql) as (mode: string, work: Work<unknown>) => Promise<unknown>;
  const safely = async <T>(mode: string | Work<T>, work?: Work<T>): Promise<T> => {
    if (typeof mode !== 'string') return safely('', mode);
    let lost: Error | undefined;
    let first: unknown;
    const begun = begin(mode, async (transaction) => {
      const done = await attempt(() => work?.(guarded(transaction, () => lost)));
      if ('error' in done) first = done.error;
      // What closes the connection is told after the error that it brings.
      if ('error' in done) await new Promise((resolve) => setTimeout(resolve, 1));
      // The driver has its answer already, and would send to nobody.
      if (lost) return new Promise(() => {});
      if ('error' in done) throw done.error;
      return done.result;
    });
    begun.catch((error) => {
      lost = error;
    });
    try {
      return (await begun) as T;
    } catch (error) {
      // What lost the connection says more than the ROLLBACK that failed after it, and more than what
      // the work made of it.
      throw isLost(first) ? first : error;
    }
  };
  return Object.assign(sql, { begin: safely });
}

async function attempt<T>(work: () => T | Promise<T>): Promise<{ result: T } | { error: unknown }> {
  try {
    return { result: await work() };
  } catch (error) {
    return { error };
  }
}

/** The transaction's handle, which rejects every statement once its connection is lost. */
function guarded(transaction: Transaction, lost: () => Error | undefined): Transaction {
  return new Proxy(transaction, {
    apply(target, self, args: unknown[]) {
      const error = isStatement(args) && lost();
      return error ? Promise.reject(error) : Reflect.apply(target, self, args);
    },
    get(target, name, self) {
      const value = Reflect.get(target, name, self);
      const error = (name === 'unsafe' || name === 'savepoint') && lost();
      return error ? () => Promise.reject(error) : value;
    },
  });
}

/** A template, rather than a list of columns or an identifier. */
function isStatement([strings]: unknown[]): boolean {
  return Array.isArray(strings) && 'raw' in strings;
}
