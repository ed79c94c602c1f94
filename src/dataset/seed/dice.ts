import { createHash } from 'node:crypto';

const TWO_TO_32 = 2 ** 32;

/**
 * Chance that can be repeated: each number follows from the seed, a stream, an index and a draw alone.
 * So any row can be made without those before it, in any order, and memory holds none of them.
 *
 * Only integer arithmetic and what IEEE 754 rounds exactly (+ - * / and square roots) may be made of
 * these numbers: Math.pow, log and sin differ between machines.
 */
export interface Dice {
  /** A whole number below 2^32; for one draw, other indexes give other numbers. */
  word(index: number, draw: number): number;
  /** A number from 0 to below 1. */
  unit(index: number, draw: number): number;
  /** A whole number below `limit`. */
  below(limit: number, index: number, draw: number): number;
}

/**
 * @param seed any text
 * @param stream what the numbers are for; streams know nothing of each other
 */
export function createDice(seed: string, stream: string): Dice {
  const key = createHash('sha256').update(`${stream}\0${seed}`).digest().readUInt32LE(0);
  const word = (index: number, draw: number) =>
    mix((mix(key ^ Math.imul(index, 0x9e3779b1)) + Math.imul(draw, 0x85ebca77)) | 0) >>> 0;
  const unit = (index: number, draw: number) => word(index, draw) / TWO_TO_32;
  return { word, unit, below: (limit, index, draw) => Math.floor(unit(index, draw) * limit) };
}

/** MurmurHash3's finalizer: a bijection of 32 bits in which each bit depends on all. */
function mix(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/**
 * Ids that follow from the index: UUID version 8 (RFC 9562), whose first 32 bits are already unique.
 *
 * @returns writes the id of an index into a buffer that is used again
 */
export function createIds(seed: string, stream: string): (index: number) => Buffer {
  const dice = createDice(seed, stream);
  const id = Buffer.alloc(16);
  return (index) => {
    for (let word = 0; word < 4; word++) id.writeUInt32BE(dice.word(index, word), word * 4);
    id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
    id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
    return id;
  };
}

/** A permutation of 0 to size-1, so that who is first in one thing is not first in all. */
export function shuffled(seed: string, stream: string, size: number): (index: number) => number {
  const dice = createDice(seed, stream);
  const offset = dice.below(size, 0, 0);
  // Below 2^21, so that a product with any index stays exact.
  let step = 1 + dice.below(Math.min(size, 2 ** 21), 0, 1);
  while (commonDivisor(step, size) > 1) step++;
  return (index) => (index * step + offset) % size;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
