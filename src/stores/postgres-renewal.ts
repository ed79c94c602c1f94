import type { Sql } from './postgres.js';

/**
 * A pool that is opened anew when one of its connections was lost. postgres.js 3.4 connects again
 * with what it remembers of the lost connection, such as the error that ended it, and the first query
 * on the new one gets that instead of its answer. What runs in the old pool meanwhile runs on.
 *
 * @param open opens a pool, which tells of each connection that it loses
 */
export function renewed(open: (onLost: () => void) => Sql): Sql {
  let current: Sql | undefined;
  let ended = false;
  const pool = (): Sql => {
    if (current) return current;
    const fresh = open(() => {
      if (current === fresh && !ended) current = undefined;
    });
    current = fresh;
    return fresh;
  };
  const end: Sql['end'] = async (options) => {
    ended = true;
    await pool().end(options);
  };
  return new Proxy(pool(), {
    apply: (_, self, args) => Reflect.apply(pool(), self, args),
    get: (_, name) => (name === 'end' ? end : Reflect.get(pool(), name)),
  });
}
