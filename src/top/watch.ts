import { setTimeout as sleep } from 'node:timers/promises';
import { withActivityStore } from '../activity/open.js';
import type { ActivityStore } from '../activity/store.js';
import { type Config, redactUrl } from '../config.js';
import { messageOf, SocialdbError, StoreError } from '../errors.js';
import { openCache } from '../feed/versions.js';
import { failureOf } from '../stores/failures.js';
import { openPostgres } from '../stores/postgres.js';
import { createStores, type Stores } from '../stores/stores.js';
import { type CacheSample, cacheUseBetween, sampleCache } from './cache.js';
import {
  type DatabaseSample,
  indexUseBetween,
  requestsBetween,
  sampleDatabase,
} from './database.js';
import type { ActivityRate, Reading, Snapshot } from './snapshot.js';
import { statementsBetween } from './statements.js';

type Readings = { -readonly [name in keyof Omit<Snapshot, 'at'>]: Snapshot[name] };
type DatabasePane = 'requests' | 'statements' | 'locks' | 'indexes' | 'outbox';

const DATABASE_PANES: readonly DatabasePane[] = [
  'requests',
  'statements',
  'locks',
  'indexes',
  'outbox',
];

export interface WatchOptions {
  /** Milliseconds between two samples. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** Called after each look at a source, with all that is known now. */
  readonly onChange: (snapshot: Snapshot) => void;
}

const NOTHING: Reading<never> = { data: null, trouble: null };
const MINUTES = 30;
const ACTIVITY_EVERY_MS = 5_000;

/**
 * Looks at each store again and again until it is told to stop. Each has its own pace and its own
 * trouble: one that hangs or dies holds nobody up, and is looked at again when it is back.
 */
export async function watchStores(config: Config, options: WatchOptions): Promise<void> {
  const readings: Readings = {
    ...{ requests: NOTHING, statements: NOTHING, locks: NOTHING, indexes: NOTHING },
    ...{ outbox: NOTHING, cache: NOTHING, activity: NOTHING },
  };
  const { signal, intervalMs } = options;
  const changed = (fresh: Partial<Readings>) => {
    Object.assign(readings, fresh);
    if (!signal.aborted) options.onChange({ at: new Date().toISOString(), ...readings });
  };
  const stores = storesThatStay(config, intervalMs);
  const source = (names: readonly (keyof Readings)[], everyMs: number, look: () => Promise<void>) =>
    repeat(signal, everyMs, look, (error) => {
      const trouble = troubleOf(error, config);
      const fresh = names.map((name) => [name, { data: readings[name].data, trouble }]);
      changed(Object.fromEntries(fresh));
    });
  try {
    await Promise.all([
      source(DATABASE_PANES, intervalMs, databaseLook(stores, changed)),
      source(['cache'], intervalMs, cacheLook(stores, changed)),
      source(['activity'], Math.max(intervalMs, ACTIVITY_EVERY_MS), () =>
        watchActivity(stores, Math.max(intervalMs, ACTIVITY_EVERY_MS), signal, changed),
      ),
    ]);
  } finally {
    await stores.close();
  }
}

/** Looks that are further apart are not worth a connection that is kept. */
const KEPT_MS = 5_000;

/**
 * A connection is kept from one look to the next, instead of a new one for each; so the silence in
 * between must not be taken for a server that hangs.
 */
function storesThatStay(config: Config, intervalMs: number): Stores {
  const stores = createStores(config, { warn: () => {} });
  const kept = intervalMs <= KEPT_MS;
  const sql = openPostgres(config.databaseUrl ?? '', {
    timeoutMs: kept ? Math.max(config.timeoutMs, intervalMs + 1_500) : config.timeoutMs,
    keep: kept,
  });
  return {
    ...stores,
    postgres: () => sql,
    async close() {
      await Promise.all([stores.close(), sql.end({ timeout: 1 })]);
    },
  };
}

async function repeat(
  signal: AbortSignal,
  everyMs: number,
  look: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await look().catch(onError);
    await rest(everyMs, signal);
  }
}

const rest = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {});

const ok = <T>(data: T): Reading<T> => ({ data, trouble: null });

function databaseLook(stores: Stores, changed: (fresh: Partial<Readings>) => void) {
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

function cacheLook(stores: Stores, changed: (fresh: Partial<Readings>) => void) {
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

/** Goes on with one open store until it fails. */
async function watchActivity(
  stores: Stores,
  everyMs: number,
  signal: AbortSignal,
  changed: (fresh: Partial<Readings>) => void,
): Promise<void> {
  await withActivityStore(stores, stores.config.timeoutMs, async (store) => {
    while (!signal.aborted) {
      changed({ activity: ok(await activityRate(store)) });
      await rest(everyMs, signal);
    }
  });
}

const MINUTE_MS = 60_000;

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

/** One line for a pane. */
function troubleOf(error: unknown, config: Config): string {
  const known = error instanceof SocialdbError ? error : failureOf(error, config);
  const message = known?.message ?? messageOf(error);
  return known instanceof StoreError ? `unreachable: ${message}` : message;
}
