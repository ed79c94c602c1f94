import type { Command } from 'ioredis';
import type { RedisClient } from './redis.js';

/** One command as it was sent. */
export interface SentCommand {
  /** `GET`, `MGET`, … */
  readonly command: string;
  readonly keys: readonly string[];
  /** Until the reply, milliseconds; null when none came. */
  readonly ms: number | null;
}

/** Writes down what is sent to a Redis while `work` runs; nothing is changed or kept back. */
export async function traceRedis<T>(
  redis: RedisClient,
  work: () => Promise<T>,
): Promise<{ result: T; sent: SentCommand[] }> {
  const traced: { command: string; keys: string[]; ms: number | null }[] = [];
  const send = redis.sendCommand;
  redis.sendCommand = (command: Command, ...rest: never[]) => {
    const started = performance.now();
    const keys = command.getKeys().map(String);
    const entry = { command: command.name.toUpperCase(), keys, ms: null as number | null };
    traced.push(entry);
    command.promise.then(
      () => {
        entry.ms = performance.now() - started;
      },
      () => {},
    );
    return send.call(redis, command, ...rest);
  };
  try {
    return { result: await work(), sent: traced };
  } finally {
    redis.sendCommand = send;
  }
}
