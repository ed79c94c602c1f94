import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Db, MongoClient } from 'mongodb';
import { type Config, redactUrl } from '../config.js';
import { RequestError } from '../errors.js';
import { openPostgres, type Sql } from './postgres.js';
import { redisReason } from './redis-failure.js';

/** The three servers, each opened when it is first asked for and closed together. */
export interface Stores {
  readonly config: Config;
  /**
   * The source of truth.
   * @param timeoutMs bound on one statement, milliseconds; long work asks for more
   * @throws RequestError when no database is configured
   */
  postgres(timeoutMs?: number): Sql;
  /** The timeline cache; undefined, after one warning, where there is none or it does not answer. */
  redis(): Promise<Redis | undefined>;
  /** The activity store's database; undefined, after one warning, where there is none or it does not answer. */
  mongo(): Promise<Db | undefined>;
  /** Tells the user of something that was done without. */
  warn(message: string): void;
  /** Closes what was opened, within a second. */
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
  let redis: Promise<Redis | undefined> | undefined;
  let mongo: Promise<MongoClient | undefined> | undefined;

  const degrade = (name: string, url: string, without: string) => (error: unknown) => {
    const reason = name === 'Redis' ? redisReason(error) : 'does not answer';
    options.warn(`${name} at ${redactUrl(url)} ${reason}: ${without}`);
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
    redis() {
      const url = config.redisUrl;
      redis ??= url
        ? import('./redis.js')
            .then(({ openRedis }) => openRedis(url, config.timeoutMs))
            .catch(degrade('Redis', url, 'going on without the cache'))
        : Promise.resolve(undefined);
      return redis;
    },
    async mongo() {
      const url = config.mongodbUrl;
      if (!url) return undefined;
      const { openMongo, databaseOf } = await import('./mongo.js');
      mongo ??= openMongo(url, config.timeoutMs).catch(
        degrade('MongoDB', url, 'events wait in the outbox'),
      );
      const client = await mongo;
      return client && databaseOf(client, url);
    },
    async close() {
      const [openRedis, openMongo] = await Promise.all([redis, mongo]);
      await Promise.all([
        openRedis && closeRedis(openRedis),
        ...[...pools.values()].map((sql) => sql.end({ timeout: 1 })),
        openMongo?.close(),
      ]);
    },
  };
}

const QUIT_MS = 100;

/** Lets replies that nobody waited for come in, but not for long. */
async function closeRedis(redis: Redis): Promise<void> {
  await Promise.race([
    redis.quit().catch(() => {}),
    setTimeout(QUIT_MS, undefined, { ref: false }),
  ]);
  redis.disconnect();
}
