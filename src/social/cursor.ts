import { createHmac, timingSafeEqual } from 'node:crypto';
import { UsageError } from '../errors.js';
import { isId } from './users.js';

/** A row of a list in order of time and id, to go on behind. */
export interface Position {
  /** ISO 8601 with microseconds, or `infinity`. */
  readonly createdAt: string;
  readonly id: string;
  /** Its rank in the list, counted from 1; 0 before the first row. */
  readonly rank: number;
}

/** Before the first row: nothing is newer. */
export const START: Position = {
  createdAt: 'infinity',
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  rank: 0,
};

const MAC_BYTES = 12;
const VERSION = '1';

/**
 * An opaque, signed place in a list: base64url of HMAC-SHA-256 (RFC 2104, cut to 96 bits) and fields.
 *
 * @param key the instance's cursor key, hex
 * @param scope what is paged and for whom; not in the cursor, but signed, so that a cursor of one
 *   list or user is refused for another
 */
export function encodeCursor(key: string, scope: string, fields: readonly string[]): string {
  const payload = Buffer.from(fields.join(' '));
  return Buffer.concat([sign(key, scope, payload), payload]).toString('base64url');
}

/**
 * The fields of a cursor.
 *
 * @throws UsageError `bad-cursor` when it was altered, or made for another list, user or database
 */
export function decodeCursor(key: string, scope: string, cursor: string): string[] {
  const bytes = Buffer.from(cursor, 'base64url');
  const mac = bytes.subarray(0, MAC_BYTES);
  const payload = bytes.subarray(MAC_BYTES);
  const genuine =
    mac.length === MAC_BYTES &&
    // Decoding is forgiving; the text must be the one that encoding gives.
    bytes.toString('base64url') === cursor &&
    timingSafeEqual(mac, sign(key, scope, payload));
  if (!genuine) {
    throw new UsageError(
      'bad-cursor',
      'this cursor was altered, or belongs to another user, list or database',
      'pass the `next` of the page before, unchanged, or leave it out to begin at the top',
    );
  }
  return payload.toString().split(' ');
}

function sign(key: string, scope: string, payload: Buffer): Buffer {
  return createHmac('sha256', Buffer.from(key, 'hex'))
    .update(`${VERSION}\0${scope}\0`)
    .update(payload)
    .digest()
    .subarray(0, MAC_BYTES);
}

/** A cursor behind a row of a list that is ordered by time and id. */
export function encodePosition(key: string, scope: string, { createdAt, id, rank }: Position) {
  return encodeCursor(key, scope, [createdAt, id, String(rank)]);
}

/** The row that a cursor stands behind; the start of the list without one. */
export function decodePosition(key: string, scope: string, cursor: string | undefined): Position {
  if (cursor === undefined) return START;
  const [createdAt, id, rank] = decodeCursor(key, scope, cursor);
  if (!createdAt || !id || !isId(id) || !rank) throw new Error('a signed cursor has no position');
  return { createdAt, id, rank: Number(rank) };
}
