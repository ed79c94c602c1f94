import { UsageError } from '../errors.js';
import { MAX_CONTENT_BYTES } from '../social/posts.js';
import type { Context } from './context.js';

/**
 * The text that an argument names: itself, or all of stdin for `-`. A newline at stdin's end is the
 * shell's, not the text's.
 *
 * @throws UsageError `bad-content` when stdin is longer than a post may be, or not UTF-8
 */
export async function textOf({ stdin }: Context, argument: string): Promise<string> {
  if (argument !== '-') return argument;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > MAX_CONTENT_BYTES + 1) {
      throw new UsageError('bad-content', `the text is longer than ${MAX_CONTENT_BYTES} bytes`);
    }
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return text.replace(/\r?\n$/, '');
  } catch {
    throw new UsageError('bad-content', 'the text on stdin is not UTF-8');
  }
}
