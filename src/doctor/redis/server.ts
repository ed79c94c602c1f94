import type { Redis } from 'ioredis';
import { redactUrl } from '../../config.js';
import { mastersOf } from '../../stores/key-value.js';
import type { RedisClient } from '../../stores/redis.js';
import { milliseconds } from '../../wording.js';
import { advise, type Check, fail, ok, warn } from '../check.js';
import { clockFinding, type Reading } from '../clock.js';
import { median, SLOW_MS } from '../latency.js';

/** A Redis that answered, with what it says about itself. */
export interface RedisSubject {
  /** The server that is examined: of a cluster one of its masters. */
  readonly redis: Redis;
  readonly masters: number;
  readonly address: string;
  readonly roundTripMs: number;
  readonly clock: Reading;
  /** A field of INFO; empty where this server has none of that name. */
  info(field: string): string;
}

const SAMPLES = 5;
const OLDEST = [6, 2] as const;

/** @throws the driver's error when it does not answer */
export async function meetRedis(client: RedisClient, url: string): Promise<RedisSubject> {
  const [redis, ...others] = mastersOf(client);
  if (!redis) throw new Error('the cluster has no master');
  const text = await redis.info();
  const fields = new Map(
    [...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  const readings: Reading[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) readings.push(await readClock(redis));
  return {
    redis,
    masters: others.length + 1,
    address: redactUrl(url),
    roundTripMs: median(readings.map(({ roundTripMs }) => roundTripMs)),
    clock: readings.reduce((best, one) => (one.roundTripMs < best.roundTripMs ? one : best)),
    info: (field) => fields.get(field) ?? '',
  };
}

async function readClock(redis: Redis): Promise<Reading> {
  const askedAt = Date.now();
  const started = performance.now();
  const [seconds, micros] = await redis.time();
  const roundTripMs = performance.now() - started;
  return { askedAt, theirs: Number(seconds) * 1_000 + Number(micros) / 1_000, roundTripMs };
}

export const REDIS_REACHABLE: Check<RedisSubject> = {
  name: 'redis-reachable',
  run({ info, masters, roundTripMs, address }) {
    // Valkey names itself beside the version of Redis that it stands in for.
    const valkey = info('valkey_version');
    const version = info('redis_version');
    const server = valkey ? `Valkey ${valkey}` : `Redis ${version}`;
    const which = masters > 1 ? `, one of ${masters} masters,` : '';
    const trip = `${server}${which || ','} a round trip takes ${milliseconds(roundTripMs)}`;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      return warn(`${trip}; older than ${OLDEST.join('.')}, which is untried`, null);
    }
    return roundTripMs >= SLOW_MS
      ? warn(
          `${trip}: a cached feed makes two`,
          advise(`measure the network on the way to ${address}`),
        )
      : ok(trip);
  },
};

const role: Check<RedisSubject> = {
  name: 'redis-role',
  run: ({ info }) =>
    info('role') === 'slave'
      ? fail(
          `a replica of ${info('master_host')}:${info('master_port')}: no page can be made invalid here`,
          advise('name the primary in REDIS_URL'),
        )
      : ok('a primary, which takes writes'),
};

const clients: Check<RedisSubject> = {
  name: 'redis-clients',
  run({ info }) {
    const connected = Number(info('connected_clients'));
    const most = Number(info('maxclients'));
    const evidence = `${connected} of ${most}`;
    return most > 0 && connected >= 0.8 * most
      ? warn(
          `${evidence}: close to the limit`,
          `redis-cli -u "$REDIS_URL" CONFIG SET maxclients ${2 * most}`,
        )
      : ok(evidence);
  },
};

const clock: Check<RedisSubject> = { name: 'redis-clock', run: ({ clock }) => clockFinding(clock) };

export const REDIS_SERVER_CHECKS = [role, clients, clock];
