import type { Config } from '../config.js';
import type { SocialdbError } from '../errors.js';
import { postgresFailure } from './postgres-failure.js';
import { redisFailure } from './redis-failure.js';

/**
 * What a driver's error means for the user.
 *
 * @returns undefined when it is none of a store's failures, and so a bug of ours
 */
export function failureOf(thrown: unknown, config: Config | undefined): SocialdbError | undefined {
  const { databaseUrl, redisUrl } = config ?? {};
  return (
    (databaseUrl ? postgresFailure(thrown, databaseUrl) : undefined) ??
    (redisUrl ? redisFailure(thrown, redisUrl) : undefined)
  );
}
