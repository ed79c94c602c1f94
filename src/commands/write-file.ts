import { writeFile } from 'node:fs/promises';
import { messageOf, RequestError } from '../errors.js';
import { bytes } from '../output/text.js';
import type { Context } from './context.js';

/**
 * Writes a file that the user named, and says so on stderr.
 *
 * @throws RequestError `unwritable-file`
 */
export async function writeNamed({ screen }: Context, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error) => {
    throw new RequestError('unwritable-file', `${file} cannot be written: ${messageOf(error)}`);
  });
  screen.note(`wrote ${file} (${bytes(Buffer.byteLength(text))})`);
}
