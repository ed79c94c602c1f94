import { withActivityStore } from '../activity/open.js';
import { verifyActivity } from '../activity/verify.js';
import { StoreError } from '../errors.js';
import { verifyCache } from '../feed/maintain.js';
import { requireCache } from '../feed/versions.js';
import { namesOf } from '../social/users.js';
import type { Stores } from '../stores/stores.js';
import type { Verified, VerifyOptions } from './check.js';
import { verifyCounters } from './counters.js';
import { followCounters } from './follow-counters.js';
import { CHECKS, type CheckName } from './names.js';
import { verifyOrphans } from './orphans.js';
import { postCounters } from './post-counters.js';

export interface Verification {
  readonly checks: Verified[];
  /** Why one of the checks could not be made: its store is down. */
  readonly unreachable: StoreError | undefined;
}

/** Bound on one statement, milliseconds: a batch of a celebrity's counting may take its time. */
const TIMEOUT_MS = 60_000;

/**
 * Compares everything that is derived with the source of truth. Without `repair` it changes nothing.
 * Nobody is locked out; what others write meanwhile is not taken for a drift.
 *
 * @param only names of checks; all where it is absent
 * @throws InterruptedError on Ctrl-C; the driver's error when PostgreSQL fails
 */
export async function verify(
  stores: Stores,
  { only, ...options }: VerifyOptions & { only?: readonly CheckName[] | undefined },
): Promise<Verification> {
  const checks: Verified[] = [];
  let unreachable: StoreError | undefined;
  for (const name of CHECKS.filter((name) => !only || only.includes(name))) {
    try {
      checks.push(...(await run(stores, name, options)));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      unreachable ??= error;
      checks.push({ ...NOTHING, name, skipped: error.message });
    }
  }
  return { checks, unreachable };
}

const NOTHING = { checked: 0, wrong: 0, repaired: 0 };

async function run(stores: Stores, name: CheckName, options: VerifyOptions): Promise<Verified[]> {
  const sql = stores.postgres(TIMEOUT_MS);
  switch (name) {
    case 'orphans':
      return [await verifyOrphans(sql, options)];
    case 'follow-counters':
      return [await verifyCounters(sql, followCounters, options)];
    case 'post-counters':
      return [await verifyCounters(sql, postCounters, options)];
    case 'activity':
      return withActivityStore(stores, TIMEOUT_MS, (store) => verifyActivity(sql, store, options));
    case 'cache':
      return [await cachedPages(stores, options)];
  }
}

async function cachedPages(stores: Stores, options: VerifyOptions): Promise<Verified> {
  if (!stores.config.redisUrl) return { ...NOTHING, name: 'cache', skipped: 'there is no Redis' };
  const sql = stores.postgres(TIMEOUT_MS);
  const cache = await requireCache(stores, sql);
  const { checked, stale, repaired, staleReaders } = await verifyCache(
    stores,
    cache,
    {
      repair: options.repair,
      onProgress: (rows) => options.onProgress?.({ step: 'cached pages', rows }),
    },
    options.signal,
  );
  const names = await namesOf(sql, staleReaders);
  const sample = staleReaders.map((id) => ({
    ...{ table: 'timelines', row: names.get(id) ?? id, column: null, found: null, right: null },
  }));
  return { name: 'cache', checked, wrong: stale, repaired, sample };
}
