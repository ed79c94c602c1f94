import { stringify } from 'uuid';
import type { BinaryRows } from '../binary.js';
import type { IdOf } from '../identity.js';
import { skip, type Tally } from '../tally.js';
import { displayNameOf, usernameOf } from '../usernames.js';
import { commentRow, NOBODY, parseRow, postRow, userRow, voteRow } from './schema.js';
import { plainText, storable } from './text.js';
import type { XmlRow } from './xml.js';

/** How one file of the dump becomes rows of one staged table. */
export interface Mapping {
  /** The file's name without `.xml`, and in small letters its outermost element. */
  readonly file: string;
  /** What a row of it is, for the reasons. */
  readonly noun: string;
  /** The staged table and its columns. */
  readonly target: string;
  /** Adds the row to the staged ones, or counts why it is not kept. */
  readonly add: (rows: BinaryRows, row: XmlRow, idOf: IdOf, tally: Tally) => void;
}

/** What posts.content and comments.content can hold, bytes. */
const LONGEST_CONTENT = 65_536;

const KINDS: Readonly<Record<number, string>> = { 1: 'question', 2: 'answer' };
/** Tag wikis, their excerpts and other pages that describe the site: nobody's posts. */
const WIKIS = [3, 4, 5, 7, 8];

/**
 * The votes that are likes. Who voted is secret but for bookmarks (5) and bounties (8), and both say
 * that somebody wants to see more of a post; up-votes (2) would, did they name their voter. The others
 * are moderation: closing, deleting, reporting spam.
 */
const LIKES = [2, 5, 8];

export const users: Mapping = {
  file: 'Users',
  noun: 'user',
  target: 'staged_users (id, username, display_name, suffix, created_at)',
  add(rows, row, idOf) {
    const { Id, DisplayName, CreationDate } = parseRow(userRow, row);
    rows
      .begin(5)
      .uuid(idOf('user', Id))
      .text(usernameOf(DisplayName, `user${Id}`))
      .text(displayNameOf(storable(DisplayName)))
      .text(Id)
      .timestamptz(CreationDate);
  },
};

export const posts: Mapping = {
  file: 'Posts',
  noun: 'post',
  target: 'staged_posts (id, user_id, content, metadata, created_at)',
  add(rows, row, idOf, tally) {
    const post = parseRow(postRow, row);
    const kind = KINDS[post.PostTypeId];
    if (!kind) return skip(tally, WIKIS.includes(post.PostTypeId) ? 'is-wiki' : 'of-other-type');
    if (post.OwnerUserId === undefined) return skip(tally, 'without-user');
    const content = plainText(post.Body);
    if (!keepable(content, tally)) return;
    const metadata = {
      kind,
      ...(post.Title !== undefined && { title: storable(post.Title) }),
      ...(post.Tags.length > 0 && { tags: post.Tags.map(storable) }),
      ...(post.Score !== undefined && { score: post.Score }),
      // Our own id, so that `socialdb thread` finds the question.
      ...(post.ParentId !== undefined && { parentId: stringify(idOf('post', post.ParentId)) }),
    };
    rows
      .begin(5)
      .uuid(idOf('post', post.Id))
      .uuid(idOf('user', post.OwnerUserId))
      .text(content)
      .jsonb(JSON.stringify(metadata))
      .timestamptz(post.CreationDate);
  },
};

export const comments: Mapping = {
  file: 'Comments',
  noun: 'comment',
  target: 'staged_comments (id, post_id, user_id, content, created_at)',
  add(rows, row, idOf, tally) {
    const { Id, PostId, UserId, Text, CreationDate } = parseRow(commentRow, row);
    if (UserId === undefined) return skip(tally, 'without-user');
    const content = storable(Text).trim();
    if (!keepable(content, tally)) return;
    rows
      .begin(5)
      .uuid(idOf('comment', Id))
      .uuid(idOf('post', PostId))
      .uuid(idOf('user', UserId))
      .text(content)
      .timestamptz(CreationDate);
  },
};

export const votes: Mapping = {
  file: 'Votes',
  noun: 'vote',
  target: 'staged_likes (user_id, post_id, created_at)',
  add(rows, row, idOf, tally) {
    const { PostId, VoteTypeId, UserId, CreationDate } = parseRow(voteRow, row);
    if (UserId === undefined || UserId === NOBODY) return skip(tally, 'without-user');
    if (!LIKES.includes(VoteTypeId)) return skip(tally, 'is-no-like');
    rows.begin(3).uuid(idOf('user', UserId)).uuid(idOf('post', PostId)).timestamptz(CreationDate);
  },
};

function keepable(content: string, tally: Tally): boolean {
  if (content === '') skip(tally, 'without-text');
  else if (Buffer.byteLength(content) > LONGEST_CONTENT) skip(tally, 'too-long');
  else return true;
  return false;
}
