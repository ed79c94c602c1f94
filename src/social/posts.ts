import { v7 as uuidv7 } from 'uuid';
import { RequestError, UsageError } from '../errors.js';
import { flawOfObject, JsonText } from '../input/json.js';
import { CONTENT_BYTES, TAG_LENGTH } from '../input/limits.js';
import { flawOfName, flawOfText } from '../input/text.js';
import type { Queryable } from '../stores/postgres.js';
import { runStatement, statement } from '../stores/queries.js';
import { findUser, isId } from './users.js';
import { type WriteStores, writeThenTouch } from './write.js';

export interface Post {
  readonly id: string;
  readonly author: string;
  readonly authorId: string;
  readonly content: string;
  /** A JSON object, as text. */
  readonly metadata: JsonText;
  readonly createdAt: string;
}

/** A post as a statement gives it. */
export type PostRow = Omit<Post, 'metadata'> & { readonly metadata: string };

/** A post whose metadata is made of what PostgreSQL, or the cache, gives as text. */
export function withMetadata<Row extends { readonly metadata: string }>(row: Row) {
  return { ...row, metadata: new JsonText(row.metadata) };
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
  const id = uuidv7();
  return writeThenTouch(
    stores,
    `socialdb thread ${id}`,
    async (transaction) => {
      const [created] = await runStatement<{ id: string; createdAt: string }>(
        transaction,
        statement('post_create', id, author.id, content, metadata),
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
  const postId = validPostId(id);
  let authorId: string | undefined;
  return writeThenTouch(
    stores,
    `socialdb thread ${postId}`,
    async (transaction) => {
      const [deleted] = await runStatement<{ authorId: string }>(
        transaction,
        statement('post_delete', postId),
      );
      authorId = deleted?.authorId;
      return { id: postId, changed: deleted !== undefined };
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
  const postId = validPostId(id);
  const [post] = await sql<PostRow[]>`
    SELECT p.id, u.username AS author, u.id AS "authorId", p.content, p.metadata::text,
           p.created_at AS "createdAt"
      FROM posts p
      JOIN users u ON u.id = p.user_id
     WHERE p.id = ${postId}`;
  if (!post) throw noSuchPost(postId);
  return withMetadata(post);
}

export function noSuchPost(id: string): RequestError {
  return new RequestError('post-not-found', `there is no post ${id}`, 'see: socialdb feed USER');
}

/**
 * A post's id as the database writes it, in lower case.
 *
 * @throws UsageError `bad-post-id` when the text is no id
 */
export function validPostId(id: string): string {
  if (isId(id)) return id.toLowerCase();
  throw new UsageError(
    'bad-post-id',
    `'${id.slice(0, 80)}' is no post id`,
    'see: socialdb feed USER',
  );
}

/** @throws UsageError `bad-content` when a post or a comment cannot have this text */
export function validContent(content: string): string {
  const flaw =
    (content.trim() === '' && 'is empty') ||
    (Buffer.byteLength(content) > CONTENT_BYTES && `is longer than ${CONTENT_BYTES} bytes`) ||
    flawOfText(content);
  if (flaw) throw new UsageError('bad-content', `the text ${flaw}`);
  return content;
}

function metadataWithTags(metadata: string | undefined, tags: readonly string[]): string {
  const given = metadata === undefined ? '{}' : validDocument(metadata, 'the metadata');
  if (tags.length === 0) return given;
  // The tags are put in at the text's end: parsing and printing the rest would bend large numbers.
  const body = given.trim().slice(1, -1).trim();
  const list = JSON.stringify([...new Set(tags.map(validTag))]);
  return validDocument(`{${body ? `${body},` : ''}"tags":${list}}`, 'the metadata with --tag');
}

/**
 * Tags are compared character by character, so one that looks like another has to be the same.
 *
 * @throws UsageError `bad-tag`
 */
export function validTag(tag: string): string {
  const flaw =
    (tag.trim() === '' && 'is empty') ||
    (tag.length > TAG_LENGTH && `has more than ${TAG_LENGTH} characters`) ||
    flawOfName(tag);
  if (flaw) throw new UsageError('bad-tag', `the tag '${tag.slice(0, TAG_LENGTH)}' ${flaw}`);
  return tag;
}

/**
 * Checks that a text is a JSON object that can be kept as it is; it stays text.
 *
 * @throws UsageError `bad-metadata`
 */
export function validDocument(text: string, what: string): string {
  const flaw = flawOfObject(text);
  if (!flaw) return text;
  throw new UsageError('bad-metadata', `${what} ${flaw}`, `for example: '{"tags": ["coding"]}'`);
}
