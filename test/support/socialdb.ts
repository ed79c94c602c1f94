import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface RunOptions {
  /** Laid over an environment that names no store at all; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** Runs it as another user, which takes root. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Gets the process, to send it signals. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs the built binary as a user would, and waits for its end. */
export function socialdb(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BINARY, ...args], {
      cwd: options.cwd,
      ...options.user,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        XDG_CACHE_HOME: process.env.SOCIALDB_TEST_HOME,
        SOCIALDB_HOME: '/nonexistent',
        DATABASE_URL: '',
        REDIS_URL: '',
        MONGODB_URL: '',
        ...options.env,
      },
    });
    options.onStart?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ stdout, stderr, exitCode }));
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
  });
}
