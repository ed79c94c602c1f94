import { Cluster, Redis } from 'ioredis';
import { type RedisTarget, redisTarget } from '../redis-url.js';

/** A server, the master that sentinels named, or a cluster: the same commands for all. */
export type RedisClient = Redis | Cluster;

/**
 * Opens Redis and makes sure that it answers. It gets a part of the time that a store may take, with
 * the default of 2 s half a second to connect and 300 ms for a command, and nothing is retried: the
 * cache is worth less than the reader's time.
 *
 * @param url any that {@link redisTarget} reads
 * @param timeoutMs bound on one operation of a store, milliseconds
 * @throws the driver's error when Redis cannot be reached
 */
export async function openRedis(url: string, timeoutMs: number): Promise<RedisClient> {
  const target = redisTarget(url);
  if (!target) throw new Error('not a URL of Redis');
  const redis = clientOf(target, timeoutMs);
  // Without a listener a connection that breaks later would end the process. What it is told is why;
  // `connect` itself only says that the connection is closed. A database that was refused it is told
  // of too, and `connect` not: what came after would be done to database 0.
  let why: Error | undefined;
  redis.on('error', (error) => {
    why = error;
  });
  try {
    await redis.connect();
    if (why) throw why;
    return redis;
  } catch (error) {
    redis.disconnect();
    throw why ?? error;
  }
}

function clientOf(target: RedisTarget, timeoutMs: number): RedisClient {
  const { username, password, tls } = target;
  const connection = {
    connectTimeout: Math.ceil(timeoutMs / 4),
    commandTimeout: Math.ceil((timeoutMs * 3) / 20),
    disconnectTimeout: 100,
    enableReadyCheck: false,
    ...(username && { username }),
    ...(password && { password }),
    ...(tls && { tls: {} }),
  };
  const once = {
    ...connection,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    autoResendUnfulfilledCommands: false,
  };
  switch (target.kind) {
    case 'server':
      return new Redis(target.url, once);
    case 'sentinel':
      return new Redis({
        ...once,
        sentinels: target.addresses,
        name: target.master,
        db: target.database,
        sentinelRetryStrategy: () => null,
        sentinelCommandTimeout: connection.commandTimeout,
        ...(tls && { sentinelTLS: {}, enableTLSForSentinelMode: true }),
      });
    case 'cluster':
      return new Cluster(target.addresses, {
        lazyConnect: true,
        enableReadyCheck: false,
        // The keys of one read lie on several nodes: what is asked of a node in one turn travels together.
        enableAutoPipelining: true,
        clusterRetryStrategy: () => null,
        slotsRefreshTimeout: connection.connectTimeout,
        maxRedirections: 3,
        retryDelayOnFailover: 0,
        redisOptions: connection,
      });
  }
}
