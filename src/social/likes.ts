import { commit } from '../stores/commit.js';
import type { Sql } from '../stores/postgres.js';
import { runStatement, statement } from '../stores/queries.js';
import { noSuchPost, validPostId } from './posts.js';
import { findUser } from './users.js';

export interface LikeResult {
  readonly user: string;
  readonly post: string;
  /** False when it was so before. */
  readonly changed: boolean;
}

/**
 * Likes a post, with its event.
 *
 * @throws UsageError `bad-post-id`; RequestError `user-not-found`, `post-not-found`
 */
export function like(sql: Sql, username: string, postId: string): Promise<LikeResult> {
  return changeLike(sql, 'like_create', username, postId);
}

/** Takes a like back. */
export function unlike(sql: Sql, username: string, postId: string): Promise<LikeResult> {
  return changeLike(sql, 'like_delete', username, postId);
}

async function changeLike(sql: Sql, query: string, username: string, postId: string) {
  const post = validPostId(postId);
  const user = await findUser(sql, username);
  const change = statement(query, user.id, post);
  const [row] = await commit(sql, { check: `socialdb thread ${post}` }, (transaction) =>
    runStatement<Omit<LikeResult, 'user'>>(transaction, change),
  );
  if (!row) throw noSuchPost(post);
  return { user: user.username, ...row };
}
