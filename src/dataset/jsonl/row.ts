import * as v from 'valibot';
import { messageOf } from '../../errors.js';
import { flawOfJson } from '../../input/json.js';
import { flawOfText } from '../../input/text.js';
import type { BinaryRows } from '../binary.js';
import { badInput } from '../files.js';
import { microsOf } from '../timestamps.js';
import { canonicalReader } from './canonical.js';
import { memberText } from './member.js';
import type { Kind, Member } from './tables.js';

/** Of one row in the order of its members; a time is microseconds since 2000-01-01 UTC. */
export type Values = readonly (string | number | bigint | null)[];

const text = v.pipe(
  v.string(),
  v.check((value) => !flawOfText(value), 'holds what no database text can'),
);

// PostgreSQL's own checks (lengths, forms of names) hold in the tables; here stands what JSON can get
// wrong: members, types, and what has a form.
const SCHEMAS: Readonly<Record<Kind, v.GenericSchema>> = {
  uuid: v.pipe(v.string(), v.uuid('is no id')),
  text,
  'text or null': v.nullable(text),
  // Only that it is an object; its text goes to PostgreSQL as it stands.
  object: v.custom<object>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'is no object',
  ),
  time: v.pipe(
    v.string(),
    v.transform(microsOf),
    v.bigint('is no time such as 2026-11-23T15:09:15.123456Z'),
  ),
};

/**
 * Makes what reads a line and adds its row.
 *
 * @returns takes the line and its place, `posts.jsonl:12`; throws RequestError `bad-input` with it
 */
export function rowAdder(
  members: readonly Member[],
): (rows: BinaryRows, line: string, place: string) => void {
  const canonical = canonicalReader(members);
  const any = anyReader(members);
  return (rows, line, place) => {
    const values = canonical(line) ?? any(line, place);
    rows.begin(members.length);
    for (let at = 0; at < members.length; at++) addValue(rows, members[at], values[at] ?? null);
  };
}

function addValue(rows: BinaryRows, member: Member | undefined, value: Values[number]): void {
  if (typeof value !== 'string') {
    if (value === null) rows.null();
    else rows.timestamptz(value);
  } else if (member?.kind === 'uuid') rows.uuid(value);
  else if (member?.kind === 'object') rows.jsonb(value);
  else rows.text(value);
}

/** Reads a line however its JSON is written. */
function anyReader(members: readonly Member[]): (line: string, place: string) => Values {
  const schema = v.strictObject(
    Object.fromEntries(members.map(({ name, kind }) => [name, SCHEMAS[kind]])),
  );
  return (line, place) => {
    try {
      const row = v.parse(schema, JSON.parse(line)) as Record<string, Values[number]>;
      // JSON.parse takes the last of two members of one name, and says nothing.
      const flaw = flawOfJson(line);
      if (flaw) throw badInput(place, flaw);
      return members.map(({ name, kind }) =>
        kind === 'object' ? (memberText(line, name) ?? '{}') : (row[name] ?? null),
      );
    } catch (error) {
      if (error instanceof SyntaxError) throw badInput(place, messageOf(error), error);
      if (!v.isValiError(error)) throw error;
      const [issue] = error.issues;
      throw badInput(place, `${v.getDotPath(issue) ?? 'the row'}: ${issue.message}`, error);
    }
  };
}
