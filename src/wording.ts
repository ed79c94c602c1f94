/** 1234567 as `1,234,567`; without Intl, whose tables cost 5 ms at first use. */
export function count(value: number): string {
  return String(Math.round(value * 1_000) / 1_000).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 post`, `1,986 posts`. */
export function plural(value: number, noun: string, nouns = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}

/** A duration in milliseconds with three digits that matter: `0.352 ms`, `12.3 ms`, `4.21 s`. */
export function milliseconds(ms: number): string {
  if (ms >= 60_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return ms >= 1_000 ? `${digits(ms / 1_000)} s` : `${digits(ms)} ms`;
}

function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A size in bytes as PostgreSQL's pg_size_pretty would put it: `77 MB`. */
export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), BYTE_UNITS.length - 1);
  const scaled = value / 1024 ** power;
  return `${power && scaled < 10 ? scaled.toFixed(1) : Math.round(scaled)} ${BYTE_UNITS[power]}`;
}

const SPANS: [unit: string, seconds: number][] = [
  ['y', 31_557_600],
  ['mo', 2_629_800],
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
];

/** A time in seconds in its largest whole unit: `42 s`, `3 h`. */
export function span(seconds: number): string {
  const [unit, length] = SPANS.find(([, length]) => seconds >= length) ?? ['s', 1];
  return `${Math.floor(seconds / length)} ${unit}`;
}
