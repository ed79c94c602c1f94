import type { Explanation } from '../tuning/explanation.js';
import type { Price } from '../tuning/price.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { bytes } from './text.js';

/** What the indexes that were compared cost: a line each. */
export function priceLines({ prices }: Pick<Explanation, 'prices'>, screen: Screen): string {
  const columns: Column<Price>[] = [
    { header: 'its price', cell: ({ index }) => index },
    { header: 'on disk', align: 'right', cell: size },
    { header: 'an insert takes', align: 'right', cell: inserts },
    { header: 'so much more', align: 'right', cell: more },
  ];
  return table(prices, columns, screen);
}

export function size({ sizeBytes, sizeEstimated }: Price): string {
  if (sizeBytes === null) return '?';
  return `${sizeEstimated ? 'about ' : ''}${bytes(sizeBytes)}`;
}

export function inserts({ insertMs }: Price): string {
  if (!insertMs) return '?';
  const micros = (ms: number) => (1_000 * ms).toFixed(ms < 0.01 ? 1 : 0);
  return `${micros(insertMs.without)} → ${micros(insertMs.with)} µs`;
}

export function more({ insertMs }: Price): string {
  if (!insertMs) return '?';
  const percent = Math.round(100 * (insertMs.with / insertMs.without - 1));
  // No index makes an insert cheaper.
  return percent > 0 ? `+${percent}%` : 'less than the noise';
}
