import { Redis } from 'ioredis';

/**
 * Opens Redis and makes sure that it answers. No wait is longer than half a second, nothing is
 * retried: the cache is worth less than the reader's time.
 *
 * @param url `redis://…` or `rediss://…`
 * @param timeoutMs bound on one command, milliseconds
 * @throws the driver's error when Redis cannot be reached
 */
export async function openRedis(url: string, timeoutMs: number): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: Math.min(500, timeoutMs),
    commandTimeout: Math.min(300, timeoutMs),
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    autoResendUnfulfilledCommands: false,
    disconnectTimeout: 100,
    enableReadyCheck: false,
  });
  // Without a listener a connection that breaks later would end the process. What it is told is why;
  // `connect` itself only says that the connection is closed.
  let why: Error | undefined;
  redis.on('error', (error) => {
    why = error;
  });
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw why ?? error;
  }
}
