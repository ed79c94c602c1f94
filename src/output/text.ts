import stringWidth from 'string-width';
import { printJson } from '../input/json.js';

// Controls but newline and tab, and the marks that turn the direction of text around.
const CONTROL = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu;

/** Text from a store as it may be shown: control characters made visible, never obeyed. */
export function visible(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}

/** The same on one line: a line break in it is no line break on the screen. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll('\n', '\u2424');
}

/**
 * JSON as it may be shown. JSON escapes only some of the control characters; the others stand in
 * strings only, where an escape means the same.
 */
export function jsonLine(value: unknown, indent?: number): string {
  return printJson(value, indent).replace(CONTROL, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The same on one line, cut to `width` terminal columns. */
export function oneLine(text: string, width = Number.POSITIVE_INFINITY): string {
  const line = visible(text).replace(/\s+/g, ' ').trim();
  if (stringWidth(line) <= width) return line;
  let kept = '';
  let used = 1;
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    used += stringWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

const INTEGER = new Intl.NumberFormat('en-US');

/** 1234567 as `1,234,567`. */
export function count(value: number): string {
  return INTEGER.format(value);
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

const AGES: [unit: string, seconds: number][] = [
  ['y', 31_557_600],
  ['mo', 2_629_800],
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
];

/** How long ago an ISO timestamp was: `3 h ago`, `just now`. */
export function age(at: string, now = Date.now()): string {
  const seconds = (now - Date.parse(at)) / 1_000;
  if (seconds < -60) return at.slice(0, 16).replace('T', ' ');
  const [unit, length] = AGES.find(([, length]) => seconds >= length) ?? ['s', 1];
  return unit === 's' && seconds < 5 ? 'just now' : `${Math.floor(seconds / length)} ${unit} ago`;
}
