import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { messageOf } from '../errors.js';
import type { ServerUser } from './site.js';

const run = promisify(execFile);

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  /** The working directory; it is what later tells this server's process from any other. */
  readonly directory: string;
  readonly log: string;
  readonly user: ServerUser | undefined;
  /** Written to its standard input: secrets must not show in the process list. */
  readonly input?: string;
}

export interface Launched {
  readonly pid: number | undefined;
  /** Why it ended, as soon as it has. */
  endedBy(): string | undefined;
  /** Lets it outlive this process. */
  release(): void;
}

/** Starts a server in a session of its own, so that it survives its terminal. */
export function launch({ program, args, directory, log, user, input }: Launch): Launched {
  if (existsSync(log)) renameSync(log, `${log}.1`);
  const logFile = openSync(log, 'a', 0o600);
  let ended: string | undefined;
  const child = spawn(program, args, {
    cwd: directory,
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', logFile, logFile],
    // Nothing of the caller's: PGPORT, LANG or NODE_OPTIONS mean nothing to a server of ours.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: directory, LC_ALL: 'C' },
    ...user,
  });
  closeSync(logFile);
  child.on('error', (error) => {
    ended = messageOf(error);
  });
  child.on('exit', (code, signal) => {
    ended = signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`;
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return { pid: child.pid, endedBy: () => ended, release: () => child.unref() };
}

/**
 * The server that works in `directory`, as its pid file names it; a number that has meanwhile
 * become another process's is not mistaken for it.
 *
 * @param pidFile name of the file in `directory` whose first line is the process number
 */
export async function serverIn(directory: string, pidFile: string): Promise<number | undefined> {
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(join(directory, pidFile), 'utf8'), 10);
  } catch {
    return undefined;
  }
  return pid > 0 && (await worksIn(directory, pid)) ? pid : undefined;
}

async function worksIn(directory: string, pid: number): Promise<boolean> {
  const cwd = await workingDirectory(pid);
  return cwd === directory || cwd === `${directory} (deleted)`;
}

async function workingDirectory(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') return await readlink(`/proc/${pid}/cwd`);
    const { stdout } = await run('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn']);
    return /^n(.*)$/m.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/**
 * Ends a server: each signal in turn, until it is gone.
 *
 * @param signals with how long each is given, milliseconds; the gentlest first
 * @returns whether it is gone
 */
export async function endServer(
  directory: string,
  pid: number,
  signals: readonly (readonly [NodeJS.Signals, number])[],
): Promise<boolean> {
  for (const [signal, patienceMs] of signals) {
    const end = Date.now() + patienceMs;
    kill(pid, signal);
    // A frozen process gets its signal only once it wakes.
    kill(pid, 'SIGCONT');
    while (Date.now() < end) {
      if (!(await worksIn(directory, pid))) return true;
      await sleep(25);
    }
  }
  return false;
}

/** Nothing of theirs is lost: PostgreSQL recovers from its log. */
const ORPHAN_ENDINGS = [
  ['SIGTERM', 2_000],
  ['SIGKILL', 5_000],
] as const;

/**
 * Ends what a server that was killed has left at work in `directory`, such as a backend in the
 * middle of a query.
 *
 * @param programs folder of the programs that count; a shell of the user's does not
 * @returns whether nothing works there now; undefined where the system does not tell
 */
export async function endOrphans(
  directory: string,
  programs: string,
): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return undefined;
  const pids = readdirSync('/proc').map(Number).filter(Boolean);
  const gone = await Promise.all(
    pids.map(async (pid) => {
      const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
      const ours = program.startsWith(`${programs}/`) && (await worksIn(directory, pid));
      return !ours || endServer(directory, pid, ORPHAN_ENDINGS);
    }),
  );
  return gone.every(Boolean);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in between; the caller looks again.
  }
}

/** The path of a program on PATH. */
export async function findProgram(...names: string[]): Promise<string | undefined> {
  for (const name of names) {
    const found = await run('/bin/sh', ['-c', 'command -v "$0"', name]).catch(() => undefined);
    if (found) return found.stdout.trim();
  }
  return undefined;
}
