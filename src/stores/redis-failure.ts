import { redactUrl } from '../config.js';
import { messageOf, StoreError } from '../errors.js';

/** Whether nothing was heard of it for the time that it has. */
export function isSilent(thrown: unknown): boolean {
  return /timed out|ETIMEDOUT/.test(messageOf(thrown));
}

/** What an error of Redis or its driver means, in words that hold no secret. */
export function redisReason(thrown: unknown): string {
  const message = messageOf(thrown);
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : '';
  if (/^(WRONGPASS|NOAUTH|ERR .*(AUTH|invalid password))/.test(message)) {
    return 'refused the user or password';
  }
  if (/^Failed to refresh slots/.test(message)) return 'has no node that answers';
  if (/^All sentinels are unreachable/.test(message)) return 'has no sentinel that answers';
  if (isSilent(thrown)) return 'did not answer in time';
  if (code === 'ECONNREFUSED') return 'refuses connections';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'cannot be found: no such host';
  if (/^ERR .*DB index/.test(message)) return 'has no such database';
  if (/^OOM/.test(message)) return 'is full (OOM)';
  if (/^(LOADING|READONLY|MISCONF|NOPERM|NOSCRIPT|CLUSTERDOWN)/.test(message)) {
    return `refused: ${message}`;
  }
  return 'closed the connection';
}

/**
 * Says in one line what Redis's failure means, for the commands that are about Redis.
 *
 * @returns undefined when the error did not come from Redis
 */
export function redisFailure(thrown: unknown, url: string): StoreError | undefined {
  const name = thrown instanceof Error ? thrown.name : '';
  const ours =
    /^(ReplyError|MaxRetriesPerRequestError|AbortError|ClusterAllFailedError)$/.test(name) ||
    /^(Command timed out|Connection is closed|Stream isn't writeable|All sentinels)/.test(
      messageOf(thrown),
    );
  if (!ours) return undefined;
  return new StoreError(
    'redis-unavailable',
    `Redis at ${redactUrl(url)} ${redisReason(thrown)}`,
    'check REDIS_URL, or run: socialdb stack up',
    { cause: thrown },
  );
}
