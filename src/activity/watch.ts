import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import { StoreError } from '../errors.js';
import { failureOf } from '../stores/failures.js';
import { createStores, type Stores } from '../stores/stores.js';
import { withActivityStore } from './open.js';
import { type Backlog, readBacklog } from './outbox.js';
import { type BeforeDelete, drain } from './relay.js';
import type { ActivityStore } from './store.js';

export interface RelayStatus extends Backlog {
  readonly at: string;
  readonly store: ActivityStore['name'];
  /** Events that reached the store since the last status. */
  readonly relayed: number;
}

export interface WatchOptions {
  /** Makes the hook of {@link drain} for the stores of one attempt. */
  readonly beforeDelete?: (stores: Stores) => BeforeDelete;
  /** Ends the watch when the batch at hand is done. */
  readonly signal: AbortSignal;
  readonly onStatus: (status: RelayStatus) => void;
  /** Told when a store goes, and then as often as a status; the watch goes on and tries again. */
  readonly onTrouble: (problem: string) => void;
  /** Milliseconds between two looks at the outbox. */
  readonly pollMs?: number;
  /** Milliseconds between two statuses. */
  readonly statusMs?: number;
}

/** A daemon has more patience than a command: a slow batch is better than one begun again. */
const TIMEOUT_MS = 30_000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Relays for as long as it is not told to stop, whatever becomes of the stores meanwhile.
 *
 * @throws SocialdbError when the trouble is none that passes, such as a database without the schema
 */
export async function watchRelay(config: Config, options: WatchOptions): Promise<void> {
  const { signal, onStatus, onTrouble, beforeDelete, pollMs = 500, statusMs = 60_000 } = options;
  let relayed = 0;
  let failures = 0;
  let statusDue = 0;
  const onBatch = (events: number) => {
    relayed += events;
  };
  while (!signal.aborted) {
    // Each attempt has connections of its own: of those that broke, nothing is carried over.
    const stores = createStores(config, { warn: onTrouble });
    try {
      await withActivityStore(stores, TIMEOUT_MS, async (store) => {
        const sql = stores.postgres(TIMEOUT_MS);
        while (!signal.aborted) {
          await drain(sql, store, {
            signal,
            onBatch,
            budgetMs: statusMs,
            ...(beforeDelete && { beforeDelete: beforeDelete(stores) }),
          });
          if (failures > 0 || performance.now() >= statusDue) {
            await store.expire();
            const at = new Date().toISOString();
            onStatus({ at, store: store.name, relayed, ...(await readBacklog(sql)) });
            relayed = 0;
            failures = 0;
            statusDue = performance.now() + statusMs;
          }
          await rest(pollMs, signal);
        }
      });
    } catch (error) {
      const failure = failureOf(error, config) ?? error;
      if (!(failure instanceof StoreError)) throw failure;
      failures += 1;
      if (failures === 1 || performance.now() >= statusDue) {
        onTrouble(failure.message);
        statusDue = performance.now() + statusMs;
      }
      await rest(Math.min(pollMs * 2 ** failures, LONGEST_PAUSE_MS), signal);
    } finally {
      await stores.close();
    }
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
