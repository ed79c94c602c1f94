import { setTimeout } from 'node:timers/promises';
import { type Config, redactUrl } from '../config.js';
import { RequestError, StoreError } from '../errors.js';
import { openPostgres, type Sql } from './postgres.js';
import type { RedisClient } from './redis.js';
import { isSilent, redisReason } from './redis-failure.js';

/** The servers, each opened when it is first asked for, and closed together. MongoDB is the activity room's own. */
export interface Stores {
  readonly config: Config;
  /**
   * The source of truth.
   * @param timeoutMs bound on one statement, milliseconds; long work asks for more
   * @throws RequestError when no database is configured
   */
  postgres(timeoutMs?: number): Sql;
  /**
   * The timeline cache; undefined, after one warning, where there is none or it does not answer. One
   * that was lost is tried again after a while.
   */
  redis(): Promise<RedisClient | undefined>;
  /**
   * The same for those who can do nothing without it.
   * @throws StoreError `redis-unavailable`
   */
  requireRedis(): Promise<RedisClient>;
  /**
   * Tells the user, once, of a Redis that failed after it had answered. One that is silent is given up:
   * each further command would wait as long for it.
   */
  redisFailed(error: unknown): void;
  /** Tells the user of something that was done without. */
  warn(message: string): void;
  /** Closes what was opened, within {@link CLOSE_MS}. */
  close(): Promise<void>;
}

export interface StoresOptions {
  /** Told once about each store that is done without. */
  readonly warn: (message: string) => void;
  /** Told each SQL statement as it is sent. */
  readonly onStatement?: (statement: string) => void;
}

export function createStores(config: Config, options: StoresOptions): Stores {
  const pools = new Map<number, Sql>();
  let redis: Promise<RedisClient> | undefined;
  let redisRetryAt = 0;
  const absent = Promise.resolve(undefined);

  const connected = (url: string): Promise<RedisClient> => {
    if (redis && Date.now() < redisRetryAt) return redis;
    redisRetryAt = Number.POSITIVE_INFINITY;
    // One that failed, or whose connection has ended, is tried again, but not at once.
    const lost = () => {
      redisRetryAt = Date.now() + RETRY_MS;
    };
    redis = import('./redis.js')
      .then(({ openRedis }) => openRedis(url, config.timeoutMs))
      .then((client) => client.once('end', lost));
    redis.catch(lost);
    return redis;
  };

  let warned = false;
  const goOn = (error: unknown) => {
    const where = redactUrl(config.redisUrl ?? '');
    if (!warned)
      options.warn(`Redis at ${where} ${redisReason(error)}: going on without the cache`);
    warned = true;
    return undefined;
  };

  return {
    config,
    warn: options.warn,
    postgres(timeoutMs = config.timeoutMs) {
      if (!config.databaseUrl) {
        throw new RequestError(
          'no-database',
          'no DATABASE_URL is set and no embedded stack is running',
          'run: socialdb stack up',
        );
      }
      const open =
        pools.get(timeoutMs) ??
        openPostgres(config.databaseUrl, {
          timeoutMs,
          ...(options.onStatement && { onStatement: options.onStatement }),
        });
      pools.set(timeoutMs, open);
      return open;
    },
    redis: () => (config.redisUrl ? connected(config.redisUrl).catch(goOn) : absent),
    requireRedis() {
      if (!config.redisUrl) throw noRedis('there is no Redis, so nothing is cached');
      return connected(config.redisUrl).catch((error) => {
        throw noRedis(`Redis at ${redactUrl(config.redisUrl ?? '')} ${redisReason(error)}`);
      });
    },
    redisFailed(error) {
      goOn(error);
      if (isSilent(error)) void redis?.then((client) => client.disconnect()).catch(() => {});
    },
    async close() {
      const openRedis = await redis?.catch(() => undefined);
      await Promise.all([
        openRedis && closeRedis(openRedis),
        ...[...pools.values()].map((sql) => sql.end({ timeout: CLOSE_MS / 1_000 })),
      ]);
    },
  };
}

function noRedis(what: string): StoreError {
  const hint = 'check REDIS_URL, or install Redis and run: socialdb stack up';
  return new StoreError('redis-unavailable', what, hint);
}

/** How long replies may take that nobody waited for, milliseconds: those of a server at fault never come. */
const CLOSE_MS = 100;
const RETRY_MS = 2_000;

async function closeRedis(redis: RedisClient): Promise<void> {
  await Promise.race([
    redis.quit().catch(() => {}),
    setTimeout(CLOSE_MS, undefined, { ref: false }),
  ]);
  redis.disconnect();
}
