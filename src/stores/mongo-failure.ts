import { redactUrl } from '../config.js';
import { messageOf, StoreError } from '../errors.js';

/** All of them, but for `PoolClearedOnNetworkError`, begin alike. */
const OF_THE_DRIVER = /^(Mongo|PoolCleared)/;

/**
 * Says in one line what MongoDB's failure means, without the driver's words where they could hold a
 * secret.
 *
 * @returns undefined when the error did not come from MongoDB
 */
export function mongoFailure(thrown: unknown, url: string): StoreError | undefined {
  if (!(thrown instanceof Error && OF_THE_DRIVER.test(thrown.name))) return undefined;
  if (thrown.name === 'MongoParseError' || thrown.name === 'MongoAPIError') {
    const message = `MongoDB at ${redactUrl(url)}: the driver does not take what MONGODB_URL says`;
    return new StoreError('mongodb-unavailable', message, 'check its options', { cause: thrown });
  }
  return new StoreError(
    'mongodb-unavailable',
    `MongoDB at ${redactUrl(url)} ${reasonOf(thrown)}`,
    'events wait in the outbox until it does; an empty MONGODB_URL keeps them in PostgreSQL instead',
    { cause: thrown },
  );
}

/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml, AuthenticationFailed. */
const AUTHENTICATION_FAILED = 18;

function reasonOf(thrown: Error): string {
  if ('code' in thrown && thrown.code === AUTHENTICATION_FAILED) {
    return 'refused the user or password';
  }
  return thrown.name === 'MongoServerError' ? `refused: ${messageOf(thrown)}` : 'does not answer';
}
