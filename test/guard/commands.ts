import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { countingProxy, postgresFraming, redisFraming } from '../support/counting-proxy.js';
import { socialdb } from '../support/socialdb.js';

/** What a command asks of the servers. */
export interface CommandCost {
  readonly command: string;
  /** Connections to PostgreSQL. */
  readonly connections: number;
  /** Waits for PostgreSQL's answer, without those of connecting. */
  readonly roundTrips: number;
  /** Commands to Redis, by name. */
  readonly redis: string;
}

/**
 * Runs command lines, one after the other, and counts what each sends.
 *
 * @throws when one of them fails
 */
export async function commandCosts(
  urls: { databaseUrl: string; redisUrl: string },
  commands: readonly string[][],
): Promise<CommandCost[]> {
  const postgres = await countingProxy(urls.databaseUrl, postgresFraming);
  const redis = await countingProxy(urls.redisUrl, redisFraming);
  const costs: CommandCost[] = [];
  try {
    for (const argv of commands) {
      const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
      const { exitCode, stderr } = await socialdb([...argv, '--quiet'], { env });
      if (exitCode !== 0) throw new Error(`socialdb ${argv.join(' ')}: ${stderr}`);
      const sent = postgres.take();
      costs.push({
        command: argv.join(' '),
        connections: sent.get('connection') ?? 0,
        roundTrips: sent.get('round trip') ?? 0,
        redis: [...redis.take()]
          .map(([name, count]) => `${count} ${name}`)
          .sort()
          .join(', '),
      });
    }
  } finally {
    postgres.close();
    redis.close();
  }
  return costs;
}

/** What a command loads: how much code of ours, and of which packages how much. */
export interface LoadedCode {
  readonly command: string;
  readonly modules: number;
  /** Of our modules, rounded up to 10 kB: what is asked of a start, not each line of it. */
  readonly kilobytes: number;
  readonly packages: string;
}

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const START = `
  const { main } = await import(process.env.ENTRY);
  const { stdin, stdout, stderr, env } = process;
  const interrupted = new AbortController().signal;
  process.exitCode = await main({
    argv: JSON.parse(process.env.ARGV), env, cwd: '/', stdin, stdout, stderr, interrupted });`;

/** Runs a command from the files of dist/, which the bundles are made of, and sees which V8 ran. */
export async function loadedCode(
  argv: readonly string[],
  urls: { databaseUrl: string; redisUrl: string },
): Promise<LoadedCode> {
  const folder = await mkdtemp(join(tmpdir(), 'socialdb-loaded-'));
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', START], {
      env: {
        PATH: process.env.PATH,
        SOCIALDB_HOME: '/nonexistent',
        DATABASE_URL: urls.databaseUrl,
        REDIS_URL: urls.redisUrl,
        MONGODB_URL: '',
        ENTRY: join(DIST, 'cli/main.js'),
        ARGV: JSON.stringify(argv),
        NODE_V8_COVERAGE: folder,
      },
    });
    const files = await filesRun(folder);
    const own = files.filter((file) => file.startsWith(DIST));
    const sizes = await Promise.all(own.map(async (file) => (await stat(file)).size));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return {
      command: argv.join(' '),
      modules: own.length,
      kilobytes: Math.ceil(bytes / 10_000) * 10,
      packages: packagesOf(files).join(', '),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Node writes down every script that ran, one of the uses of a coverage report. */
async function filesRun(folder: string): Promise<string[]> {
  const reports = await readdir(folder);
  const texts = await Promise.all(reports.map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result)
    .filter(({ url }) => url.startsWith('file:'))
    .map(({ url }) => fileURLToPath(url));
}

function packagesOf(files: readonly string[]): string[] {
  const names = files.flatMap(
    (file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  );
  return [...new Set(names)].sort();
}
