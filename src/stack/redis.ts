import { basename } from 'node:path';
import { openRedis, type RedisClient } from '../stores/redis.js';
import { findProgram } from './process.js';
import { passwordOf, portOf, type Service } from './service.js';
import { makePrivate, reachable } from './site.js';

export const redisService: Service = {
  name: 'redis',
  title: 'Redis',
  firstPort: 16_379,
  pidFile: 'redis.pid',
  endings: [
    ['SIGTERM', 5_000],
    ['SIGKILL', 5_000],
  ],
  patienceMs: 15_000,
  async find(site) {
    const program = await findProgram('redis-server', 'valkey-server');
    if (!program) {
      const how =
        process.platform === 'darwin' ? 'brew install redis' : 'apt-get install redis-server';
      return { missing: `neither redis-server nor valkey-server is on PATH; install it: ${how}` };
    }
    return { program: await reachable(site, program), kind: basename(program) };
  },
  url: (port, password) => `redis://default:${password}@127.0.0.1:${port}/0`,
  prepare: (site, directory) => makePrivate(directory, site.user),
  // Through standard input, so the password is in no file, no argument and no process title.
  command: (directory, url) => ({ args: ['-'], input: configuration(directory, url) }),
  settle: (url) =>
    withRedis(url, async (redis) => {
      // A Redis without a password, which took our port first, would let us in as well.
      const [, password] = (await redis.config('GET', 'requirepass')) as string[];
      if (password !== passwordOf(url)) throw new Error('another Redis answers on the port');
    }),
  version: (url) =>
    withRedis(url, async (redis) => {
      const info = await redis.info('server');
      // Valkey names itself beside the version of Redis that it stands in for.
      const [version] = ['valkey', 'redis'].flatMap(
        (name) => new RegExp(`^${name}_version:(\\S+)`, 'm').exec(info)?.[1] ?? [],
      );
      return version ?? '';
    }),
};

async function withRedis<T>(url: string, work: (redis: RedisClient) => Promise<T>): Promise<T> {
  const redis = await openRedis(url, 500);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

function configuration(directory: string, url: string): string {
  return [
    'bind 127.0.0.1',
    `port ${portOf(url)}`,
    `requirepass ${passwordOf(url)}`,
    `dir "${directory}"`,
    `pidfile "${directory}/${redisService.pidFile}"`,
    'daemonize no',
    // A cache: what is lost is computed again, so nothing is written to disk, and when the memory
    // is used up the timelines that were not read for longest go.
    'save ""',
    'appendonly no',
    'maxmemory 256mb',
    'maxmemory-policy allkeys-lru',
    '',
  ].join('\n');
}
