import type { Config } from '../config.js';
import { SocialdbError } from '../errors.js';
import { mongoFailure } from './mongo-failure.js';
import { postgresFailure } from './postgres-failure.js';
import { redisFailure } from './redis-failure.js';

/**
 * What a driver's error means for the user.
 *
 * @returns undefined when it is none of a store's failures, and so a bug of ours
 */
export function failureOf(thrown: unknown, config: Config | undefined): SocialdbError | undefined {
  if (thrown instanceof SocialdbError) return thrown;
  const { databaseUrl, redisUrl, mongodbUrl } = config ?? {};
  return (
    (databaseUrl ? postgresFailure(thrown, databaseUrl) : undefined) ??
    (redisUrl ? redisFailure(thrown, redisUrl) : undefined) ??
    (mongodbUrl ? mongoFailure(thrown, mongodbUrl) : undefined)
  );
}
