import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';

/** What was read, or why it cannot be taken, in words that follow its name. */
export type Reading = { readonly text: string } | { readonly flaw: string };

/**
 * Reads a stream to its end, or to a limit, behind which nothing is read: 200 MB are refused as soon
 * as a small text is.
 *
 * @param limit bytes
 * @param interrupted ends the wait for who does not write
 * @throws the stream's error
 */
export async function readText(
  stream: Readable,
  limit: number,
  interrupted?: AbortSignal,
): Promise<Reading> {
  if (interrupted) addAbortSignal(interrupted, stream);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > limit) return { flaw: `is longer than ${limit} bytes` };
  }
  try {
    // A byte order mark is a character like any other: what is stored is what was given.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(Buffer.concat(chunks)) };
  } catch {
    return { flaw: 'is not UTF-8' };
  }
}

/** The same for a file. */
export function readFileText(path: string, limit: number): Promise<Reading> {
  return readText(createReadStream(path), limit);
}
