import type { Config } from '../config.js';
import { messageOf, SocialdbError, StoreError } from '../errors.js';
import { failureOf } from '../stores/failures.js';
import { openPostgres } from '../stores/postgres.js';
import { createStores, type Stores } from '../stores/stores.js';
import { cacheLook, databaseLook, type Readings, rest, watchActivity } from './looks.js';
import type { Reading, Snapshot } from './snapshot.js';

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

/** One line for a pane. */
function troubleOf(error: unknown, config: Config): string {
  const known = error instanceof SocialdbError ? error : failureOf(error, config);
  const message = known?.message ?? messageOf(error);
  return known instanceof StoreError ? `unreachable: ${message}` : message;
}
