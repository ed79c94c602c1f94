/** Growth of a counter per second; null after a reset, or without an earlier value. */
export function perSecond(
  before: number | undefined,
  after: number,
  seconds: number,
): number | null {
  if (before === undefined || after < before || seconds <= 0) return null;
  return (after - before) / seconds;
}

/** The part of the hits; null where there was nothing to hit. */
export function ratio(hits: number | null, misses: number | null): number | null {
  if (hits === null || misses === null || hits + misses === 0) return null;
  return hits / (hits + misses);
}
