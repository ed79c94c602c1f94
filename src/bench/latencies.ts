import { createHistogram } from 'node:perf_hooks';

/** Bars of a distribution in each power of ten of microseconds. */
export const BINS_PER_DECADE = 10;
const LONGEST_US = 3_600_000_000;

/** How one operation went. */
export interface OperationResult {
  readonly name: string;
  /** Those that ended well; the latencies are theirs. */
  readonly count: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly perSecond: number;
  /** How many lasted 10^(n/10) microseconds or more, and less than the next; from 1 µs on. */
  readonly distribution: readonly number[];
}

/** Latencies of one operation in an HDR histogram of three digits, http://hdrhistogram.org. */
export interface Latencies {
  /** @param ms milliseconds from when it was to begin */
  record(ms: number): void;
  fail(): void;
  readonly count: number;
  readonly errors: number;
  /** @param share 0.99 for the 99th percentile; milliseconds */
  quantile(share: number): number;
  /** @param seconds for how long it was measured */
  result(name: string, seconds: number): OperationResult;
}

export function createLatencies(): Latencies {
  const histogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 });
  const distribution: number[] = [];
  let errors = 0;
  const quantile = (share: number) =>
    histogram.count === 0 ? 0 : histogram.percentile(share * 100) / 1_000;
  return {
    record(ms) {
      const us = Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1_000)));
      histogram.record(us);
      const bin = Math.floor(Math.log10(us) * BINS_PER_DECADE + 1e-9);
      while (distribution.length <= bin) distribution.push(0);
      distribution[bin] = (distribution[bin] ?? 0) + 1;
    },
    fail() {
      errors++;
    },
    get count() {
      return histogram.count;
    },
    get errors() {
      return errors;
    },
    quantile,
    result: (name, seconds) => ({
      name,
      count: histogram.count,
      errors,
      p50Ms: quantile(0.5),
      p95Ms: quantile(0.95),
      p99Ms: quantile(0.99),
      maxMs: histogram.count === 0 ? 0 : histogram.max / 1_000,
      perSecond: seconds > 0 ? Math.round((histogram.count / seconds) * 10) / 10 : 0,
      distribution,
    }),
  };
}
