import { open, writeFile } from 'node:fs/promises';
import { messageOf, RequestError } from '../errors.js';
import { bytes } from '../output/text.js';
import type { Context } from './context.js';

/**
 * Sees to it that a file can be written, before the work whose result it is to hold; an existing one
 * stays as it is.
 *
 * @throws RequestError `unwritable-file`
 */
export async function checkWritable(file: string): Promise<void> {
  const handle = await open(file, 'a').catch((error) => refuse(file, error));
  await handle.close();
}

function refuse(file: string, error: unknown): never {
  throw new RequestError('unwritable-file', `${file} cannot be written: ${messageOf(error)}`);
}

/**
 * Writes a file that the user named, and says so on stderr.
 *
 * @throws RequestError `unwritable-file`
 */
export async function writeNamed({ screen }: Context, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error) => refuse(file, error));
  screen.note(`wrote ${file} (${bytes(Buffer.byteLength(text))})`);
}
