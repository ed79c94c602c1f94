import { DOCUMENT } from './limits.js';
import { flawOfText } from './text.js';

/**
 * A JSON document as text. JavaScript would bend it: 9007199254740993 becomes 9007199254740992, 1e400
 * becomes null, and keys that look like numbers move to the front. So what PostgreSQL keeps as jsonb
 * stays text on its way to the cache and to the screen.
 */
export class JsonText {
  constructor(readonly text: string) {}

  /** What JSON.stringify makes of it: a string, from which it can be made anew. */
  toJSON(): string {
    return this.text;
  }
}

/** JSON in which each {@link JsonText} stands as it is, as a value of its own. */
export function printJson(value: unknown, indent?: number): string {
  const texts: string[] = [];
  // What stands for a text meanwhile, and can be no text of anybody's.
  const mark = globalThis.crypto.randomUUID();
  const json = JSON.stringify(
    value,
    function (this: Record<string, unknown>, key, part) {
      return this[key] instanceof JsonText ? `${mark} ${texts.push(part) - 1}` : part;
    },
    indent,
  );
  if (texts.length === 0) return json;
  return json.replace(new RegExp(`"${mark} (\\d+)"`, 'g'), (_, at) => texts[Number(at)] ?? '');
}

// A string, a sign of structure, or anything else between them: a number, true, false, null.
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;

/** The tokens of a valid JSON text, with their places. */
export function tokensOf(json: string): Iterable<{ 0: string; index: number }> {
  return json.matchAll(TOKEN);
}

/** What a document may not exceed. */
interface Limits {
  /** Its length, numbers written out. */
  readonly bytes: number;
  /** Arrays and objects within each other. */
  readonly levels: number;
  /** Of one number, written out. */
  readonly digits: number;
}

/**
 * Why a valid JSON text cannot be kept as it is, in words that follow its name; undefined when it can
 * be: a key that is there twice, of which JSON.parse and jsonb keep one; characters that no database
 * text holds; and what is beyond the limits, where there are any.
 */
export function flawOfJson(json: string, limits?: Limits): string | undefined {
  if (!limits && isPlain(json)) return undefined;
  const keys: (Set<string> | undefined)[] = [];
  let last = '';
  let bytes = Buffer.byteLength(json);
  for (const { 0: token } of tokensOf(json)) {
    if (token === '{') keys.push(new Set());
    else if (token === '[') keys.push(undefined);
    else if (token === '}' || token === ']') keys.pop();
    else if (token === ':') {
      const there = keys.at(-1);
      if (there?.has(last)) return `has the key ${JSON.stringify(last.slice(0, 80))} twice`;
      there?.add(last);
    } else if (token.startsWith('"')) {
      last = JSON.parse(token);
      const flaw = flawOfText(last);
      if (flaw) return flaw;
    } else if (token !== ',') {
      const digits = digitsOf(token);
      if (limits && digits > limits.digits) {
        return `holds a number of more than ${limits.digits} digits`;
      }
      bytes += digits - token.length;
    }
    if (limits && keys.length > limits.levels) {
      return `is nested deeper than ${limits.levels} levels`;
    }
  }
  return limits && bytes > limits.bytes ? tooLong(limits) : undefined;
}

/** Whether a glance shows that nothing can be wrong: no escapes, and no key twice, in whatever objects. */
function isPlain(json: string): boolean {
  if (json.includes('\\') || !json.isWellFormed()) return false;
  // Every second part is a string, and one before a colon is a key.
  const parts = json.split('"');
  const keys = new Set<string>();
  for (let at = 1; at < parts.length; at += 2) {
    const key = parts[at] ?? '';
    if (!parts[at + 1]?.trimStart().startsWith(':')) continue;
    if (keys.has(key)) return false;
    keys.add(key);
  }
  return true;
}

/** How long a number is once it is written without an exponent, as jsonb does. */
function digitsOf(token: string): number {
  const [mantissa = '', exponent = '0'] = token.split(/e/i);
  return mantissa.length + Math.abs(Number(exponent));
}

const tooLong = ({ bytes }: Limits) => `is longer than ${bytes} bytes`;

/** The same for a text that may be no JSON at all, and has to be an object. */
export function flawOfObject(text: string): string | undefined {
  // Before it is parsed: nobody waits for megabytes that are refused all the same.
  if (Buffer.byteLength(text) > DOCUMENT.bytes) return tooLong(DOCUMENT);
  try {
    JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  if (!text.trimStart().startsWith('{')) return 'must be a JSON object';
  return flawOfJson(text, DOCUMENT);
}
