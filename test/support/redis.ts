import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before } from 'node:test';
import getPort from 'get-port';
import { Redis } from 'ioredis';

export interface TestRedis {
  readonly url: string;
  /** A client of the test's own, for looking and for breaking things. */
  readonly client: Redis;
  /** The server's process, to be frozen or killed. */
  readonly process: ChildProcess;
}

/** Starts a Redis for this test file alone, which it may flush, fill, freeze or kill. */
export function useRedis(...settings: string[]): TestRedis {
  let started: TestRedis | undefined;
  before(async () => {
    started = await startRedis(settings);
  });
  after(async () => {
    started?.client.disconnect();
    started?.process.kill('SIGKILL');
  });
  const running = () => {
    if (!started) throw new Error('Redis is there once the tests run');
    return started;
  };
  return {
    get url() {
      return running().url;
    },
    get client() {
      return running().client;
    },
    get process() {
      return running().process;
    },
  };
}

/** @param settings as on the server's command line; a file of settings comes first */
export async function startRedis(settings: string[], password?: string): Promise<TestRedis> {
  const port = await getPort();
  const file = settings[0]?.startsWith('--') ? [] : settings.slice(0, 1);
  const server = spawn(
    process.env.SOCIALDB_TEST_REDIS_SERVER ?? 'redis-server',
    [
      ...file,
      ...['--port', String(port), '--bind', '127.0.0.1', '--save', ''],
      ...settings.slice(file.length),
      ...(password ? ['--requirepass', password] : []),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await Promise.race([
    ready(server),
    once(server, 'exit').then(() => Promise.reject(new Error('redis-server did not start'))),
  ]);
  const url = `redis://${password ? `:${password}@` : ''}127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => null });
  client.on('error', () => {});
  return { url, client, process: server };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    server.stdout?.on('data', (text: Buffer) => {
      // A sentinel's last word is what it watches.
      if (/Ready to accept connections|\+monitor/.test(text.toString())) resolve();
    });
  });
}
