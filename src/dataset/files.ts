import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { messageOf, RequestError } from '../errors.js';

/** A text file as it is read, a piece at a time. */
export interface TextFile {
  /** Its name without the folder. */
  readonly name: string;
  /** The pieces, decoded; `.gz` is unpacked on the way. */
  readonly text: AsyncIterable<string>;
  /** The part of the file that has been read, 0 to 1. */
  share(): number;
}

/** Input that cannot be what it should be; the message begins with the place. */
export function badInput(place: string, what: string, cause?: unknown): RequestError {
  return new RequestError('bad-input', `${place}: ${what}`, 'nothing was imported', { cause });
}

/**
 * Opens a text file in UTF-8, packed by gzip when its name ends in `.gz`.
 *
 * @throws RequestError `bad-input`, here or while reading, when the file is missing, cannot be read,
 *   is empty, is torn, or is not UTF-8
 */
export async function openText(path: string): Promise<TextFile> {
  const name = basename(path);
  const { size } = await stat(path).catch((error) => {
    throw badInput(path, reasonOf(error), error);
  });
  let file: ReadStream | undefined;
  return {
    name,
    text: decode(name, () => {
      file = createReadStream(path);
      return file;
    }),
    share: () => (file ? file.bytesRead / size : 0),
  };
}

async function* decode(name: string, open: () => ReadStream): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const file = open();
  let offset = 0;
  try {
    for await (const bytes of unpacked(name, file)) {
      yield decodeChunk(decoder, bytes, name, offset);
      offset += bytes.length;
    }
    yield decodeChunk(decoder, undefined, name, offset);
  } finally {
    file.destroy();
  }
}

async function* unpacked(name: string, file: ReadStream): AsyncGenerator<Buffer> {
  const packed = name.endsWith('.gz');
  const bytes = packed ? file.pipe(createGunzip()) : file;
  if (packed) file.on('error', (error) => bytes.destroy(error));
  try {
    yield* bytes as AsyncIterable<Buffer>;
  } catch (error) {
    const torn = error instanceof Error && 'code' in error && /^Z_/.test(String(error.code));
    if (!torn) throw badInput(name, reasonOf(error), error);
    const what = error.message === 'unexpected end of file' ? 'is torn' : 'is no whole gzip file';
    throw badInput(`${name}, byte ${file.bytesRead}`, `${what} (${error.message})`, error);
  }
}

function decodeChunk(
  decoder: TextDecoder,
  bytes: Buffer | undefined,
  name: string,
  offset: number,
): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch (error) {
    const place = `${name}, byte ${offset + (bytes ? validPrefix(bytes) : 0)}`;
    throw badInput(place, 'is not UTF-8 text', error);
  }
}

/** How many bytes at the beginning are UTF-8, the end of a character of the chunk before included. */
function validPrefix(bytes: Buffer): number {
  const begin = Math.max(
    bytes.subarray(0, 3).findIndex((byte) => (byte & 0xc0) !== 0x80),
    0,
  );
  let [good, bad] = [begin, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(begin, middle), {
        stream: true,
      });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'is a folder, not a file';
  if (code === 'EACCES') return 'may not be read';
  return messageOf(error);
}
