import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityStore } from './store.js';

/** What arrives within so many milliseconds is looked at together. */
const GATHER_MS = 50;
/** A store that tells of arrivals is looked at this many times less often without being told. */
const QUIET = 10;

/** What says when to look into the store. */
export interface Bell {
  /**
   * Waits until something has arrived, as far as anybody knows, or nobody wants to know any longer.
   *
   * @param pollMs milliseconds between two looks at a store that does not tell
   */
  wait(pollMs: number): Promise<void>;
}

/**
 * Rings when the store says that something arrived, and every so often in any case. It says only that
 * it is time to look: what there is to see is found in the store, so that a ring too many, or one that
 * was lost, changes nothing but the time.
 *
 * @param signal ends the waiting, and the store's telling
 */
export function hangBell(store: ActivityStore, signal: AbortSignal): Bell {
  let rung = new AbortController();
  /** Whether the store has told of an arrival, and still may. */
  let tells = false;
  const ring = () => rung.abort();
  const wait = (ms: number, until: AbortSignal) =>
    sleep(ms, undefined, { signal: until }).catch(() => {});
  signal.addEventListener('abort', ring, { once: true });
  const telling = store.announce?.(() => {
    tells = true;
    ring();
  }, signal);
  // Where the server has no way to tell, or breaks off, the clock does.
  telling
    ?.catch(() => {})
    .finally(() => {
      tells = false;
    });
  return {
    async wait(pollMs) {
      await wait(tells ? QUIET * pollMs : pollMs, rung.signal);
      if (rung.signal.aborted) await wait(Math.min(GATHER_MS, pollMs), signal);
      rung = new AbortController();
    },
  };
}
