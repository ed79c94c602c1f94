import type { Readable } from 'node:stream';
import type { Stream, Terminal } from '../output/screen.js';

/** The world outside, so that a test can stand in its place. */
export interface Shell {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly interrupted: AbortSignal;
  readonly terminal?: Terminal;
}
