import * as v from 'valibot';
import { badInput } from '../files.js';
import { microsOf } from '../timestamps.js';
import type { XmlRow } from './xml.js';

// The attributes that are used, as https://meta.stackexchange.com/questions/2677 describes them.

const id = v.pipe(v.string(), v.regex(/^-?\d{1,18}$/, 'is no whole number'));
const integer = v.pipe(id, v.transform(Number));
const time = v.pipe(
  v.string(),
  v.transform(microsOf),
  v.bigint('is no time such as 2018-03-12T17:00:45.567'),
);

/** The number of users who were deleted, in votes, and of the one that stands for the site itself. */
export const NOBODY = '-1';

export const userRow = v.object({
  Id: id,
  DisplayName: v.optional(v.string(), ''),
  CreationDate: time,
});

export const postRow = v.object({
  Id: id,
  PostTypeId: integer,
  ParentId: v.optional(id),
  OwnerUserId: v.optional(id),
  CreationDate: time,
  Body: v.optional(v.string(), ''),
  Title: v.optional(v.string()),
  // <simulation><quantum-turing-machine> in older dumps, |simulation|quantum-turing-machine| now.
  Tags: v.pipe(
    v.optional(v.string(), ''),
    v.transform((tags) => tags.match(/[^<>|]+/g) ?? []),
  ),
  Score: v.optional(integer),
});

export const commentRow = v.object({
  Id: id,
  PostId: id,
  UserId: v.optional(id),
  CreationDate: time,
  Text: v.optional(v.string(), ''),
});

export const voteRow = v.object({
  Id: id,
  PostId: id,
  VoteTypeId: integer,
  UserId: v.optional(id),
  CreationDate: time,
});

/**
 * Checks one row's attributes.
 *
 * @throws RequestError `bad-input` that names the place and the attribute
 */
export function parseRow<Schema extends v.GenericSchema>(
  schema: Schema,
  row: XmlRow,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, row.attributes);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const attribute = v.getDotPath(issue) ?? '';
  const what = attribute in row.attributes ? issue.message : 'is missing';
  throw badInput(row.place, `${attribute} ${what}`);
}
