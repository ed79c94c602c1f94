import * as v from 'valibot';
import type { BinaryRows } from '../binary.js';
import { microsOf } from '../timestamps.js';
import { memberText } from './member.js';

/** How one table is written to its file, and read from it. */
export interface Table {
  /** The table, and the file's name without `.jsonl`. */
  readonly name: 'users' | 'posts' | 'comments' | 'followers' | 'likes';
  /** What a row of it is, for the reasons. */
  readonly noun: string;
  /** One member per column, in the file's order; SQL. */
  readonly columns: Readonly<Record<string, string>>;
  /** The staged table and its columns. */
  readonly target: string;
  /**
   * Checks a row and adds it to the staged ones.
   *
   * @param line the text that `row` was parsed from
   * @throws v.ValiError
   */
  readonly add: (rows: BinaryRows, row: unknown, line: string) => void;
}

// PostgreSQL's own checks (lengths, forms of names) hold in the staged tables; here stands what
// JSON can get wrong: members, types, and what has a form.

const uuid = v.pipe(v.string(), v.uuid('is no id'));
const text = v.pipe(
  v.string(),
  v.check((value) => !/\p{Surrogate}|\0/u.test(value), 'holds what no database text can'),
);
const time = v.pipe(
  v.string(),
  v.transform(microsOf),
  v.bigint('is no time such as 2026-11-23T15:09:15.123456Z'),
);

const userRow = v.strictObject({
  id: uuid,
  username: text,
  email: v.nullable(text),
  displayName: v.nullable(text),
  createdAt: time,
});
const postRow = v.strictObject({
  id: uuid,
  userId: uuid,
  content: text,
  // Only that it is an object; its text goes to PostgreSQL as it stands.
  metadata: v.custom<object>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'is no object',
  ),
  createdAt: time,
});
const commentRow = v.strictObject({
  id: uuid,
  postId: uuid,
  userId: uuid,
  content: text,
  createdAt: time,
});
const followerRow = v.strictObject({ followerId: uuid, followedId: uuid, createdAt: time });
const likeRow = v.strictObject({ userId: uuid, postId: uuid, createdAt: time });

// Years before AD 1 are written as PostgreSQL does.
const CREATED_AT = `iso_timestamp(created_at) ||
  CASE WHEN created_at < '0001-01-01 00:00:00+00' THEN ' BC' ELSE '' END`;

/** The five tables, each after those that it refers to. */
export const TABLES: readonly Table[] = [
  {
    name: 'users',
    noun: 'user',
    // The counters follow from the edges, and are counted anew on the way in.
    columns: {
      id: 'id',
      username: 'username',
      email: 'email',
      displayName: 'display_name',
      createdAt: CREATED_AT,
    },
    target: 'staged_users (id, username, email, display_name, created_at)',
    add(rows, row) {
      const { id, username, email, displayName, createdAt } = v.parse(userRow, row);
      rows.begin(5).uuid(id).text(username).text(email).text(displayName).timestamptz(createdAt);
    },
  },
  {
    name: 'posts',
    noun: 'post',
    columns: {
      id: 'id',
      userId: 'user_id',
      content: 'content',
      metadata: 'metadata',
      createdAt: CREATED_AT,
    },
    target: 'staged_posts (id, user_id, content, metadata, created_at)',
    add(rows, row, line) {
      const { id, userId, content, createdAt } = v.parse(postRow, row);
      const metadata = memberText(line, 'metadata') ?? '{}';
      rows.begin(5).uuid(id).uuid(userId).text(content).jsonb(metadata).timestamptz(createdAt);
    },
  },
  {
    name: 'comments',
    noun: 'comment',
    columns: {
      id: 'id',
      postId: 'post_id',
      userId: 'user_id',
      content: 'content',
      createdAt: CREATED_AT,
    },
    target: 'staged_comments (id, post_id, user_id, content, created_at)',
    add(rows, row) {
      const { id, postId, userId, content, createdAt } = v.parse(commentRow, row);
      rows.begin(5).uuid(id).uuid(postId).uuid(userId).text(content).timestamptz(createdAt);
    },
  },
  {
    name: 'followers',
    noun: 'follow',
    columns: { followerId: 'follower_id', followedId: 'followed_id', createdAt: CREATED_AT },
    target: 'staged_followers (follower_id, followed_id, created_at)',
    add(rows, row) {
      const { followerId, followedId, createdAt } = v.parse(followerRow, row);
      rows.begin(3).uuid(followerId).uuid(followedId).timestamptz(createdAt);
    },
  },
  {
    name: 'likes',
    noun: 'like',
    columns: { userId: 'user_id', postId: 'post_id', createdAt: CREATED_AT },
    target: 'staged_likes (user_id, post_id, created_at)',
    add(rows, row) {
      const { userId, postId, createdAt } = v.parse(likeRow, row);
      rows.begin(3).uuid(userId).uuid(postId).timestamptz(createdAt);
    },
  },
];
