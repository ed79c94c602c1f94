import { setTimeout as sleep } from 'node:timers/promises';
import { withActivityStore } from '../activity/open.js';
import type { ActivityStore } from '../activity/store.js';
import { redactUrl } from '../config.js';
import { StoreError } from '../errors.js';
import { openCache } from '../feed/versions.js';
import type { Stores } from '../stores/stores.js';
import { type CacheSample, cacheUseBetween, sampleCache } from './cache.js';
import {
  type DatabaseSample,
  indexUseBetween,
  requestsBetween,
  sampleDatabase,
} from './database.js';
import type { ActivityRate, Reading, Snapshot } from './snapshot.js';
import { statementsBetween } from './statements.js';

/** All that is known of the stores, each part as it was seen last. */
export type Readings = { -readonly [name in keyof Omit<Snapshot, 'at'>]: Snapshot[name] };

/** Told what a look has seen. */
type Changed = (fresh: Partial<Readings>) => void;

/** Waits, but not after the end. */
export const rest = (ms: number, signal: AbortSignal) =>
  sleep(ms, undefined, { signal }).catch(() => {});

const ok = <T>(data: T): Reading<T> => ({ data, trouble: null });

/** Makes what looks at PostgreSQL; rates are those since the look before. */
export function databaseLook(stores: Stores, changed: Changed): () => Promise<void> {
  let before: DatabaseSample | undefined;
  return async () => {
    const after = await sampleDatabase(stores.postgres()).catch((error) => {
      // Rates over the time when nobody looked would be wrong.
      before = undefined;
      throw error;
    });
    const seconds = before ? (after.atMs - before.atMs) / 1_000 : 0;
    changed({
      requests: ok(requestsBetween(before, after)),
      statements: ok(statementsBetween(before?.statements, after.statements, seconds)),
      locks: ok(after.locks),
      indexes: ok(indexUseBetween(before, after)),
      outbox: after.outbox
        ? ok(after.outbox)
        : { data: null, trouble: 'there is no socialdb schema yet: socialdb migrate' },
    });
    before = after;
  };
}

/** Makes what looks at Redis. */
export function cacheLook(stores: Stores, changed: Changed): () => Promise<void> {
  let before: CacheSample | undefined;
  return async () => {
    const url = stores.config.redisUrl;
    if (!url) {
      changed({ cache: { data: null, trouble: 'no Redis is configured' } });
      return;
    }
    const cache = await openCache(stores, stores.postgres());
    if (!cache) {
      before = undefined;
      throw new StoreError('redis-unavailable', `Redis at ${redactUrl(url)}`);
    }
    const after = await sampleCache(cache);
    changed({ cache: ok(cacheUseBetween(before, after)) });
    before = after;
  };
}

/** Looks at the activity store, one that stays open, until it fails. */
export async function watchActivity(
  stores: Stores,
  everyMs: number,
  signal: AbortSignal,
  changed: Changed,
): Promise<void> {
  await withActivityStore(stores, stores.config.timeoutMs, async (store) => {
    while (!signal.aborted) {
      changed({ activity: ok(await activityRate(store)) });
      await rest(everyMs, signal);
    }
  });
}

const MINUTE_MS = 60_000;
const MINUTES = 30;

async function activityRate(store: ActivityStore): Promise<ActivityRate> {
  const present = Math.floor((await store.now()) / MINUTE_MS);
  const first = present - MINUTES + 1;
  const since = new Date(first * MINUTE_MS).toISOString().replace('.000Z', '.000000Z');
  const perMinute = new Array<number>(MINUTES).fill(0);
  for (const { at, count } of await store.countBy('minute', { since })) {
    const place = Math.floor(Date.parse(at) / MINUTE_MS) - first;
    if (place >= 0 && place < MINUTES) perMinute[place] = (perMinute[place] ?? 0) + count;
  }
  return { store: store.name, perMinute };
}
