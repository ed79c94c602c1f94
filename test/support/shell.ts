import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.js';
import type { Ran } from './socialdb.js';

export interface ShellOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string | Buffer;
  readonly cwd?: string;
}

/** Runs a command line in this process, which takes a tenth of the time of a process of its own. */
export async function inProcess(argv: readonly string[], options: ShellOptions): Promise<Ran> {
  const [stdout, stderr] = [new Memory(), new Memory()];
  const exitCode = await main({
    argv,
    env: { SOCIALDB_HOME: '/nonexistent', MONGODB_URL: '', ...options.env },
    cwd: options.cwd ?? '/nonexistent',
    stdin: Readable.from([Buffer.from(options.stdin ?? '')]),
    stdout,
    stderr,
    interrupted: new AbortController().signal,
  });
  return { stdout: stdout.text, stderr: stderr.text, exitCode };
}

class Memory extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
