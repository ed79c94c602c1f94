import { v7 as uuidv7 } from 'uuid';
import { RequestError, UsageError } from '../errors.js';
import type { Queryable } from '../stores/postgres.js';
import { runStatement, statement } from '../stores/queries.js';
import { findUser, isId } from './users.js';
import { type WriteStores, writeThenTouch } from './write.js';

/** Bytes of a post's or comment's text, in UTF-8. */
export const MAX_CONTENT_BYTES = 65_536;
/** Bytes of a post's metadata as text. */
const MAX_METADATA_BYTES = 65_536;
const MAX_TAG_LENGTH = 64;

export interface Post {
  readonly id: string;
  readonly author: string;
  readonly authorId: string;
  readonly content: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
}

export interface NewPost {
  readonly author: string;
  readonly content: string;
  readonly tags?: readonly string[];
  /** A JSON object as text; it goes to the database as it is, so that no number is bent. */
  readonly metadata?: string;
}

/**
 * Publishes a post.
 *
 * @throws UsageError `bad-content`, `bad-tag`, `bad-metadata`; RequestError `user-not-found`
 */
export async function createPost(
  stores: WriteStores,
  post: NewPost,
): Promise<{ id: string; author: string; authorId: string; createdAt: string }> {
  const content = validContent(post.content);
  const metadata = metadataWithTags(post.metadata, post.tags ?? []);
  const author = await findUser(stores.postgres(), post.author);
  return writeThenTouch(
    stores,
    async (sql) => {
      const [created] = await runStatement<{ id: string; createdAt: string }>(
        sql,
        statement('post_create', uuidv7(), author.id, content, metadata),
      );
      if (!created) throw new RequestError('user-not-found', `${author.username} is gone`);
      return { ...created, author: author.username, authorId: author.id };
    },
    () => ({ authors: [author.id] }),
  );
}

/**
 * Deletes a post, its comments and its likes.
 *
 * @param id the post's id
 * @returns `changed` false when there was no such post (any more)
 */
export function deletePost(
  stores: WriteStores,
  id: string,
): Promise<{ id: string; changed: boolean }> {
  validPostId(id);
  let authorId: string | undefined;
  return writeThenTouch(
    stores,
    async (sql) => {
      const [deleted] = await runStatement<{ authorId: string }>(sql, statement('post_delete', id));
      authorId = deleted?.authorId;
      return { id, changed: deleted !== undefined };
    },
    () => (authorId ? { authors: [authorId] } : undefined),
  );
}

/**
 * One post.
 *
 * @throws UsageError `bad-post-id`; RequestError `post-not-found`
 */
export async function findPost(sql: Queryable, id: string): Promise<Post> {
  validPostId(id);
  const [post] = await sql<Post[]>`
    SELECT p.id, u.username AS author, u.id AS "authorId", p.content, p.metadata,
           p.created_at AS "createdAt"
      FROM posts p
      JOIN users u ON u.id = p.user_id
     WHERE p.id = ${id}`;
  if (!post) throw noSuchPost(id);
  return post;
}

export function noSuchPost(id: string): RequestError {
  return new RequestError('post-not-found', `there is no post ${id}`, 'see: socialdb feed USER');
}

/** @throws UsageError `bad-post-id` when the text is no id */
export function validPostId(id: string): string {
  if (isId(id)) return id;
  throw new UsageError(
    'bad-post-id',
    `'${id.slice(0, 80)}' is no post id`,
    'see: socialdb feed USER',
  );
}

/** @throws UsageError `bad-content` when PostgreSQL would refuse the text */
export function validContent(content: string): string {
  const refuse = (why: string) => new UsageError('bad-content', `the text ${why}`);
  if (content.trim() === '') throw refuse('is empty');
  if (Buffer.byteLength(content) > MAX_CONTENT_BYTES) {
    throw refuse(`is longer than ${MAX_CONTENT_BYTES} bytes`);
  }
  if (content.includes('\0')) throw refuse('holds a NUL character');
  if (!content.isWellFormed()) throw refuse('is not valid Unicode (a lone surrogate)');
  return content;
}

function metadataWithTags(metadata: string | undefined, tags: readonly string[]): string {
  for (const tag of tags) {
    if (tag.trim() !== '' && tag.length <= MAX_TAG_LENGTH && !tag.includes('\0')) continue;
    throw new UsageError('bad-tag', `a tag has 1 to ${MAX_TAG_LENGTH} characters`);
  }
  const given = metadata === undefined ? '{}' : validDocument(metadata, 'the metadata');
  if (tags.length === 0) return given;
  // The tags are put in at the text's end: parsing and printing the rest would bend large numbers.
  const body = given.trim().slice(1, -1).trim();
  return `{${body ? `${body},` : ''}"tags":${JSON.stringify([...new Set(tags)])}}`;
}

/**
 * Checks that a text is a JSON object; it stays text.
 *
 * @throws UsageError `bad-metadata`
 */
export function validDocument(text: string, what: string): string {
  const refuse = (why: string) =>
    new UsageError('bad-metadata', `${what} ${why}`, `for example: '{"tags": ["coding"]}'`);
  if (Buffer.byteLength(text) > MAX_METADATA_BYTES) {
    throw refuse(`is longer than ${MAX_METADATA_BYTES} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refuse('must be a JSON object');
  }
  if (/\\u0000|\0/.test(text)) throw refuse('holds a NUL character');
  return text;
}
