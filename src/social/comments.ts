import { v7 as uuidv7 } from 'uuid';
import { commit } from '../stores/commit.js';
import type { Sql } from '../stores/postgres.js';
import { runStatement, statement } from '../stores/queries.js';
import { noSuchPost, validContent, validPostId } from './posts.js';
import { findUser } from './users.js';

export interface CommentResult {
  readonly id: string;
  readonly post: string;
  readonly author: string;
  readonly createdAt: string;
}

/**
 * Comments on a post.
 *
 * @param postId the post's id
 * @throws UsageError `bad-content`, `bad-post-id`; RequestError `user-not-found`, `post-not-found`
 */
export async function createComment(
  sql: Sql,
  username: string,
  postId: string,
  content: string,
): Promise<CommentResult> {
  const post = validPostId(postId);
  validContent(content);
  const author = await findUser(sql, username);
  const comment = statement('comment_create', uuidv7(), author.id, post, content);
  const [created] = await commit(sql, { check: `socialdb thread ${post}` }, (transaction) =>
    runStatement<Omit<CommentResult, 'author'>>(transaction, comment),
  );
  if (!created) throw noSuchPost(post);
  return { ...created, author: author.username };
}
