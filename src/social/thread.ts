import type { Sql } from '../stores/postgres.js';
import { findPost, type Post } from './posts.js';
import { readReactions } from './reactions.js';

export interface Thread {
  readonly post: Post;
  readonly commentCount: number;
  /** Oldest first, at most `limit`. */
  readonly comments: { id: string; author: string; content: string; createdAt: string }[];
  readonly likeCount: number;
  /** Usernames, the latest first, at most `limit`. */
  readonly likes: string[];
}

/**
 * A post with what was said about it.
 *
 * @param limit comments, and likes, at most; the counts tell how many there are
 * @throws UsageError `bad-post-id`; RequestError `post-not-found`
 */
export async function readThread(sql: Sql, postId: string, limit: number): Promise<Thread> {
  const post = await findPost(sql, postId);
  const comments = await sql<Thread['comments'][number][]>`
    SELECT c.id, u.username AS author, c.content, c.created_at AS "createdAt"
      FROM comments c
      JOIN users u ON u.id = c.user_id
     WHERE c.post_id = ${post.id}
     ORDER BY c.created_at, c.id
     LIMIT ${limit}`;
  const likes = await sql<{ username: string }[]>`
    SELECT u.username
      FROM likes l
      JOIN users u ON u.id = l.user_id
     WHERE l.post_id = ${post.id}
     ORDER BY l.created_at DESC, l.user_id
     LIMIT ${limit}`;
  const [reactions] = await readReactions(sql, [post.id]);
  return {
    post,
    commentCount: reactions?.comments ?? 0,
    comments: [...comments],
    likeCount: reactions?.likes ?? 0,
    likes: likes.map(({ username }) => username),
  };
}
