import { flawOfJson } from '../../input/json.js';
import { flawOfText } from '../../input/text.js';
import { microsOfUsual } from '../timestamps.js';
import type { Values } from './row.js';
import type { Kind, Member } from './tables.js';

const TEXT = String.raw`"([^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*)"`;
const FORMS: Readonly<Record<Kind, string>> = {
  uuid: '"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"',
  text: TEXT,
  'text or null': `(?:${TEXT}|null)`,
  object: String.raw`(\{.*\})`,
  time: '"([^"]{27})"',
};

/**
 * Reads lines of the very form in which an export writes them, several times faster than JSON.parse, a
 * schema and the search for keys that are there twice do together. Whatever may be wrong with any other
 * line is for those to tell. Whether an object is JSON is left to PostgreSQL, which parses it anyway.
 *
 * @returns the values of a line in the order of the members, undefined where it is not of the form;
 *   always the same array
 */
export function canonicalReader(members: readonly Member[]): (line: string) => Values | undefined {
  const kinds = members.map(({ kind }) => kind);
  const forms = members.map(({ name, kind }) => `"${name}":${FORMS[kind]}`);
  const form = new RegExp(`^\\{${forms.join(',')}\\}$`);
  const values: (string | number | null)[] = kinds.map(() => null);
  return (line) => {
    const found = form.exec(line);
    if (!found) return undefined;
    for (let at = 0; at < kinds.length; at++) {
      const value = readValue(kinds[at], found[at + 1]);
      if (value === undefined) return undefined;
      values[at] = value;
    }
    return values;
  };
}

function readValue(kind: Kind | undefined, found: string | undefined) {
  if (found === undefined) return null;
  if (kind === 'time') return microsOfUsual(found);
  try {
    if (kind === 'object') return flawOfJson(found) ? undefined : found;
    if (!found.includes('\\')) return found;
    const text: string = JSON.parse(`"${found}"`);
    return flawOfText(text) ? undefined : text;
  } catch {
    // An escape that JSON does not know.
    return undefined;
  }
}
