const EIGHTHS = '▁▂▃▄▅▆▇█';

/** The last `width` values as bars of an eighth to a whole line, the highest as a whole one. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const highest = Math.max(...shown, 0);
  const drawn = shown.map((value) => {
    if (highest === 0) return EIGHTHS[0];
    return EIGHTHS[Math.min(7, Math.floor((value / highest) * 8))];
  });
  return drawn.join('').padStart(width);
}
