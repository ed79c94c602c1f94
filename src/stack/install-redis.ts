import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from './process.js';

const run = promisify(execFile);

/** For all of apt's work, a slow mirror included. */
const TIMEOUT_MS = 300_000;

export interface RedisInstallation {
  readonly installed: boolean;
  /** Why it could not be installed, in one line. */
  readonly reason: string | null;
}

/** Whether `installRedis` may be tried: root, on Debian or a derivative, where there is no Redis. */
export async function canInstallRedis(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  if (await findProgram('redis-server', 'valkey-server')) return false;
  return (await findProgram('apt-get')) !== undefined;
}

/**
 * Installs Debian's `redis-server`, after which `stack up` finds it. Whoever calls this says so
 * first: it changes the machine, and Debian starts a Redis of its own on port 6379.
 *
 * @param signal ends it
 */
export async function installRedis(signal?: AbortSignal): Promise<RedisInstallation> {
  try {
    // The package lists of a fresh container are empty; where they are not, an update can wait.
    await apt(['install', 'redis-server'], signal).catch(async (error) => {
      signal?.throwIfAborted();
      await apt(['update'], signal).catch(() => Promise.reject(error));
      await apt(['install', 'redis-server'], signal);
    });
    return { installed: true, reason: null };
  } catch (error) {
    signal?.throwIfAborted();
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    return { installed: false, reason: said.split('\n').at(-1) || String(error) };
  }
}

async function apt([command = '', ...packages]: string[], signal?: AbortSignal): Promise<void> {
  const options = ['--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60'];
  await run('apt-get', [...options, command, ...packages], {
    timeout: TIMEOUT_MS,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    ...(signal && { signal }),
  });
}
