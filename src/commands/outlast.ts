import type { Config } from '../config.js';
import { StoreError } from '../errors.js';
import { failureOf } from '../stores/failures.js';

const WARN_AGAIN_MS = 60_000;

/**
 * For what goes on until it is told to stop: a store that is down is waited for, with a warning at
 * first and then every minute; any other failure ends it.
 *
 * @returns what to call with each failure; throws it again when it is none that passes
 */
export function outlast(config: Config, warn: (message: string) => void) {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return (error: unknown): void => {
    const failure = failureOf(error, config);
    if (!(failure instanceof StoreError)) throw error;
    if (performance.now() < warnedAt + WARN_AGAIN_MS) return;
    warnedAt = performance.now();
    warn(`${failure.message}; trying again until it is back`);
  };
}
