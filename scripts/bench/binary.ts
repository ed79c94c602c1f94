import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The program as a user starts it. */
export const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

let built: Promise<unknown> | undefined;

/** Builds what the program is made of, once. */
export async function build(): Promise<void> {
  built ??= promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: ROOT });
  await built;
}
