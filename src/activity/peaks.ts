/** A bucket that stands far above the others. */
export interface Peak {
  readonly at: string;
  readonly count: number;
  /** The median: what a bucket usually holds. */
  readonly expected: number;
  /** How far above, in robust standard deviations. */
  readonly score: number;
}

/** Above this a value is an outlier (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993). */
export const PEAK_SCORE = 3.5;

/**
 * Finds the peaks by the modified z-score, 0.6745 (x - median) / MAD, where MAD is the median distance
 * from the median. A peak can be as high as it likes without raising the bar for the others, as it
 * would with mean and standard deviation. Where more than half of the buckets are equal, MAD is 0, and
 * the mean distance takes its place: (x - median) / (1.2533 meanAD), by the same authors.
 *
 * @param buckets all of the stretch, the empty ones too
 * @returns the peaks in the order given
 */
export function findPeaks(buckets: readonly { at: string; total: number }[]): Peak[] {
  const totals = buckets.map(({ total }) => total);
  const expected = median(totals);
  const distances = totals.map((total) => Math.abs(total - expected));
  const meanDistance = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  const deviation = median(distances) / 0.6745 || meanDistance * 1.253314;
  if (!(deviation > 0)) return [];
  return buckets
    .map(({ at, total }) => ({ at, count: total, expected, score: (total - expected) / deviation }))
    .filter(({ score }) => score >= PEAK_SCORE)
    .map((peak) => ({ ...peak, score: Number(peak.score.toFixed(2)) }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const below = sorted[Math.ceil(middle) - 1] ?? 0;
  return (below + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
