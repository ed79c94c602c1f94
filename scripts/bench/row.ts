import type { Bench } from './bench.js';

/** What a ratio has to keep. */
export type Limit = { readonly atLeast: number } | { readonly atMost: number };

export type Unit = 'ms' | '/s' | 'rows/s' | 'MB';

/** One thing measured, and what it was measured against in the same run. */
export interface Figure {
  /** `31 followees`. */
  readonly what: string;
  readonly measured: number;
  /** What it is held against, in the same unit. */
  readonly against: number;
  readonly unit: Unit;
  /** How often the one goes into the other; the row says which way round. */
  readonly ratio: number;
  /** Absent: shown for comparison, not held to anything. */
  readonly limit?: Limit;
  /** What the figure does not say of itself. */
  readonly note?: string;
  /** Where a chart has it: `measured` at `size`, and `against` at `fromSize` where that is another. */
  readonly point?: { readonly series: string; readonly size: number; readonly fromSize?: number };
}

/** One row of the table of limits. */
export interface Row {
  /** What `--only` calls it. */
  readonly key: string;
  readonly title: string;
  /** The columns: what is measured, and what it is measured against. */
  readonly columns: readonly [measured: string, against: string];
  /** How it is measured, in a sentence or two. */
  readonly method: string;
  /** @throws Skipped where this machine lacks what is compared with */
  measure(bench: Bench): Promise<Figure[]>;
}

/** Thrown by a row that cannot be measured here; the message says what is missing. */
export class Skipped extends Error {}

export function isMet({ ratio, limit }: Figure): boolean | undefined {
  if (!limit) return undefined;
  return 'atLeast' in limit ? ratio >= limit.atLeast : ratio <= limit.atMost;
}

/** How many times the other's time fits in: for what is to be faster. */
export function timesFaster(
  what: string,
  { measured, against }: { measured: number; against: number },
  limit?: Limit,
): Figure {
  return {
    what,
    measured,
    against,
    unit: 'ms',
    ratio: against / measured,
    ...(limit && { limit }),
  };
}

/** Its own amount as a multiple of the other's: for what costs more, and for throughput. */
export function share(
  what: string,
  unit: Unit,
  { measured, against }: { measured: number; against: number },
  limit?: Limit,
): Figure {
  return { what, measured, against, unit, ratio: measured / against, ...(limit && { limit }) };
}
