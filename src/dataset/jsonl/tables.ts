/** What a member of a row holds. */
export type Kind = 'uuid' | 'text' | 'text or null' | 'object' | 'time';

/** A member of a row's JSON object, and the column that it is of. */
export interface Member {
  readonly name: string;
  readonly column: string;
  readonly kind: Kind;
}

/** How one table is written to its file, and read from it. */
export interface Table {
  /** The table, and the file's name without `.jsonl`. */
  readonly name: 'users' | 'posts' | 'comments' | 'followers' | 'likes';
  /** What a row of it is, for the reasons. */
  readonly noun: string;
  /** In the file's order. */
  readonly members: readonly Member[];
}

const of = (name: string, column: string, kind: Kind): Member => ({ name, column, kind });
const ID = of('id', 'id', 'uuid');
const USER = of('userId', 'user_id', 'uuid');
const POST = of('postId', 'post_id', 'uuid');
const CONTENT = of('content', 'content', 'text');
const CREATED_AT = of('createdAt', 'created_at', 'time');

/** The five tables, each after those that it refers to. */
export const TABLES: readonly Table[] = [
  {
    name: 'users',
    noun: 'user',
    // The counters follow from the edges, and are counted anew on the way in.
    members: [
      ID,
      of('username', 'username', 'text'),
      of('email', 'email', 'text or null'),
      of('displayName', 'display_name', 'text or null'),
      CREATED_AT,
    ],
  },
  {
    name: 'posts',
    noun: 'post',
    members: [ID, USER, CONTENT, of('metadata', 'metadata', 'object'), CREATED_AT],
  },
  { name: 'comments', noun: 'comment', members: [ID, POST, USER, CONTENT, CREATED_AT] },
  {
    name: 'followers',
    noun: 'follow',
    members: [
      of('followerId', 'follower_id', 'uuid'),
      of('followedId', 'followed_id', 'uuid'),
      CREATED_AT,
    ],
  },
  { name: 'likes', noun: 'like', members: [USER, POST, CREATED_AT] },
];
