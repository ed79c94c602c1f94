import { UsageError } from '../errors.js';
import { CONTENT_BYTES } from '../input/limits.js';
import { readText } from '../input/read.js';
import type { Context } from './context.js';

/** A line break at stdin's end, which is the shell's. */
const LINE_BREAK = /\r?\n$/;

/**
 * The text that an argument names: itself, or all of stdin for `-`, without a line break at its end.
 *
 * @throws UsageError `bad-content` when stdin is longer than a post may be, or not UTF-8
 */
export async function textOf({ stdin, interrupted }: Context, argument: string): Promise<string> {
  if (argument !== '-') return argument;
  const reading = await readText(stdin, CONTENT_BYTES + 2, interrupted);
  if ('text' in reading) return reading.text.replace(LINE_BREAK, '');
  throw new UsageError('bad-content', `the text on stdin ${reading.flaw}`);
}
