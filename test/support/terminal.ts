import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

/** Why no pseudo-terminal can be had here; undefined where util-linux's `script` gives one. */
export const NO_TERMINAL = (() => {
  try {
    execFileSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no script(1) of util-linux';
  }
})();

/** The built binary in a pseudo-terminal. */
export interface Terminal {
  /** All that was written to the terminal so far, control sequences included. */
  readonly output: string;
  /** Types, as on a keyboard. */
  type(keys: string): void;
  /** Waits until the text of the output, from where the last wait ended, matches. */
  sees(pattern: RegExp): Promise<void>;
  /** Sends a signal to socialdb itself. */
  signal(name: NodeJS.Signals): void;
  /** The exit code, and whether the terminal's modes are what they were before. */
  ended(): Promise<{ exitCode: number; modesRestored: boolean }>;
}

const PATIENCE_MS = 20_000;

/** @param size columns and rows */
export function openTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  [columns, rows] = [80, 24],
): Terminal {
  const quoted = [process.execPath, BINARY, ...args].map((word) => `'${word}'`).join(' ');
  const line =
    `stty cols ${columns} rows ${rows}; echo before=$(stty -g); ` +
    // With job control, as in a shell that is typed to: what is stopped (128 + SIGTSTP) goes on at once.
    `set -m; sh -c 'echo pid=$$; exec "$@"' sh ${quoted}; code=$?; ` +
    'while [ $code = 148 ]; do echo stopped=$(stty -g); fg >/dev/null; code=$?; done; ' +
    'echo exit=$code; echo after=$(stty -g)';
  const child: ChildProcess = spawn('script', ['-qec', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', SHELL: '/bin/sh' },
      ...{ SOCIALDB_HOME: '/nonexistent', DATABASE_URL: '', REDIS_URL: '', MONGODB_URL: '' },
      ...env,
    },
  });
  // A test that fails leaves nobody behind who keeps its file from ending.
  after(() => child.kill('SIGKILL'));
  let output = '';
  let seen = 0;
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const field = (name: string) => new RegExp(`${name}=(\\S+)`).exec(output)?.[1];
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    get output() {
      return output;
    },
    type: (keys) => void child.stdin?.write(keys),
    async sees(pattern) {
      const end = Date.now() + PATIENCE_MS;
      for (;;) {
        const text = stripVTControlCharacters(output);
        const found = pattern.exec(text.slice(seen));
        if (found) {
          seen += found.index + found[0].length;
          return;
        }
        if (Date.now() > end) throw new Error(`no ${pattern} in:\n${text.slice(seen)}`);
        await sleep(10);
      }
    },
    signal: (name) => void process.kill(Number(field('pid')), name),
    async ended() {
      await Promise.race([closed, sleep(PATIENCE_MS, undefined, { ref: false })]);
      const [before, after] = [field('before'), field('after')];
      if (!after) throw new Error(`it has not ended:\n${output.slice(-2_000)}`);
      return { exitCode: Number(field('exit')), modesRestored: before === after };
    },
  };
}
