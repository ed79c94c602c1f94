import type { Redis } from 'ioredis';
import type { RedisClient } from './redis.js';

/**
 * The few commands of Redis that the cache protocol needs, so that the protocol can be read, and
 * tried against every interleaving, apart from the driver.
 */
export interface KeyValue {
  /** Empty where something else than a string lies under the key. */
  get(key: string): Promise<string | null>;
  /** One value for each key, in their order. */
  mget(keys: readonly string[]): Promise<(string | null)[]>;
  /** @param ttlMs lifetime in milliseconds */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Sets a key that is absent; tells whether it did. */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** Deletes a key if it still has this value. */
  deleteIfEqual(key: string, value: string): Promise<void>;
}

const DELETE_IF_EQUAL = `
-- KEYS[1] a key, ARGV[1] the value it must have; replies 1 when it was deleted, else 0.
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** The servers that hold keys: one, or a cluster's masters. */
export function mastersOf(redis: RedisClient): Redis[] {
  return 'nodes' in redis ? redis.nodes('master') : [redis];
}

/** The protocol's commands on a real server; each rejects with the driver's error. */
export function keyValueOf(redis: RedisClient): KeyValue {
  return {
    get: (key) =>
      redis.get(key).catch((error: Error) => {
        if (error.message.startsWith('WRONGTYPE')) return '';
        throw error;
      }),
    // A cluster refuses an MGET over several slots.
    mget: (keys) => {
      if ('nodes' in redis) return Promise.all(keys.map((key) => redis.get(key)));
      return keys.length === 0 ? Promise.resolve([]) : redis.mget([...keys]);
    },
    async set(key, value, ttlMs) {
      await redis.set(key, value, 'PX', ttlMs);
    },
    async setIfAbsent(key, value, ttlMs) {
      return (await redis.set(key, value, 'PX', ttlMs, 'NX')) === 'OK';
    },
    async deleteIfEqual(key, value) {
      await redis.eval(DELETE_IF_EQUAL, 1, key, value);
    },
  };
}
