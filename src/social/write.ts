import { openCache, type Touched, touch } from '../feed/versions.js';
import { commit } from '../stores/commit.js';
import type { Transaction } from '../stores/postgres.js';
import type { Stores } from '../stores/stores.js';

/** What a write needs: the source of truth, and the cache whose pages it makes stale. */
export type WriteStores = Pick<Stores, 'postgres' | 'redis' | 'warn'>;

/**
 * Runs a write of the source of truth, then makes the timelines stale that it changes. Redis is
 * connected while PostgreSQL works. When Redis does not take the new version the write stands all
 * the same: the relay sets the version when it carries the event.
 *
 * @param check the command that tells whether it was done, should the connection be lost for good
 * @param work the write
 * @param touchedBy whose pages the result changes; undefined where nothing was changed
 */
export async function writeThenTouch<Result>(
  stores: WriteStores,
  check: string,
  work: (transaction: Transaction) => Promise<Result>,
  touchedBy: (result: Result) => Touched | undefined,
): Promise<Result> {
  const sql = stores.postgres();
  void stores.redis();
  const result = await commit(sql, { check }, work);
  const touched = touchedBy(result);
  if (!touched) return result;
  try {
    const cache = await openCache(stores, sql);
    if (cache) await touch(cache, touched);
  } catch {
    stores.warn('Redis did not take the new version: cached feeds are stale until the relay ran');
  }
  return result;
}
