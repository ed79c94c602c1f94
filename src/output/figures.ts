const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of eighths of a column, `width` columns wide where `share` is 1. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8));
  return (full + (EIGHTHS[eighths % 8] ?? '')).padEnd(width);
}

const UNITS = ['', 'k', 'M', 'G', 'T'];

/** A count in at most five characters: `713`, `9,876`, `12.3k`, `333k`, `1.2M`. */
export function compact(value: number): string {
  if (value < 9_999.5) return Math.round(value).toLocaleString('en-US');
  const power = Math.min(Math.floor(Math.log10(value) / 3), UNITS.length - 1);
  const scaled = value / 1000 ** power;
  return `${scaled < 99.95 ? scaled.toFixed(1) : Math.round(scaled)}${UNITS[power]}`;
}
