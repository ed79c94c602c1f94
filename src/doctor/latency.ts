/** A round trip from which on a few of them are felt, milliseconds. */
export const SLOW_MS = 25;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
