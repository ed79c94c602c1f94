import stringWidth from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';
import { printJson } from '../input/json.js';
import { span } from '../wording.js';

export { bytes, count, milliseconds, plural } from '../wording.js';

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

/**
 * Lines wrapped between words, what is indented as it was; one that names a command stays whole, to be
 * copied.
 */
export function wrapped(text: string, columns = 80): string {
  return text
    .split('\n')
    .map((line) => (/socialdb \w/.test(line) ? line : wrappedLine(line, columns)))
    .join('\n');
}

function wrappedLine(line: string, columns: number): string {
  if (stringWidth(line) <= columns) return line;
  const [indent = ''] = /^ */.exec(line) ?? [];
  return indent + hanging(line.slice(indent.length), columns, indent.length);
}

/**
 * Text wrapped between words, its lines but the first behind an indent.
 *
 * @param columns of the whole, the indent among them
 */
export function hanging(text: string, columns: number, indent: number): string {
  const room = Math.max(20, columns - indent);
  return wrapAnsi(text, room).replaceAll('\n', `\n${' '.repeat(indent)}`);
}

/** How long ago an ISO timestamp was: `3 h ago`, `just now`. */
export function age(at: string, now = Date.now()): string {
  const seconds = (now - Date.parse(at)) / 1_000;
  if (seconds < -60) return at.slice(0, 16).replace('T', ' ');
  return seconds < 5 ? 'just now' : `${span(seconds)} ago`;
}
