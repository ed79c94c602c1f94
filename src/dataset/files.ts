import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { messageOf, RequestError } from '../errors.js';

const CHUNK_BYTES = 256 * 1024;

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
      file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
      return file;
    }),
    share: () => (file ? file.bytesRead / size : 0),
  };
}

async function* decode(name: string, open: () => ReadStream): AsyncGenerator<string> {
  const file = open();
  // Of a character whose end comes with the next chunk.
  let begun: Buffer = Buffer.alloc(0);
  let offset = 0;
  try {
    for await (const chunk of unpacked(name, file)) {
      const bytes = begun.length > 0 ? Buffer.concat([begun, chunk]) : chunk;
      const end = wholeCharacters(bytes);
      const text = decodeChunk(bytes.subarray(0, end), name, offset);
      yield offset === 0 ? text.replace(/^\ufeff/, '') : text;
      offset += end;
      begun = bytes.subarray(end);
    }
    if (begun.length > 0) throw badInput(`${name}, byte ${offset}`, NO_TEXT);
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

const NO_TEXT = 'is not UTF-8 text';

function decodeChunk(bytes: Buffer, name: string, offset: number): string {
  // Which needs no decoding.
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString();
  throw badInput(`${name}, byte ${offset + validPrefix(bytes)}`, NO_TEXT);
}

/** How many bytes at the beginning are whole characters of UTF-8, if they are UTF-8 at all. */
function wholeCharacters(bytes: Buffer): number {
  const { length } = bytes;
  for (let at = length - 1; at >= Math.max(0, length - 3); at--) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    // ASCII, or what never begins a character.
    if (byte < 0xc2 || byte > 0xf4) return length;
    const needed = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return at + needed > length ? at : length;
  }
  return length;
}

/** How many bytes at the beginning are UTF-8, the last of their characters perhaps only begun. */
function validPrefix(bytes: Buffer): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const prefix = bytes.subarray(0, middle);
    if (isUtf8(prefix.subarray(0, wholeCharacters(prefix)))) good = middle;
    else bad = middle;
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
