import { open, unlink, writeFile } from 'node:fs/promises';
import { messageOf, RequestError } from '../errors.js';
import { bytes } from '../output/text.js';
import type { Context } from './context.js';

/**
 * Sees to it that a file can be written, before the work whose result it is to hold; an existing one
 * stays as it is, and one that is not there is not there after it.
 *
 * @throws RequestError `unwritable-file`
 */
export async function checkWritable(file: string): Promise<void> {
  const created = await open(file, 'ax').catch(() => undefined);
  const handle = created ?? (await open(file, 'a').catch((error) => refuse(file, error)));
  await handle.close();
  if (created) await unlink(file);
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
