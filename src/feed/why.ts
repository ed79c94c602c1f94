import { validPostId } from '../social/posts.js';
import { findUser } from '../social/users.js';
import type { Sql } from '../stores/postgres.js';
import { inspectTimeline } from './inspect.js';
import type { TimelineCache } from './versions.js';

/** Why a post is, or is not, where a reader looks for it. */
type Reason =
  | 'no-such-post'
  | 'own-post'
  | 'not-followed'
  | 'in-feed'
  | 'cached'
  | 'not-in-cached-page'
  | 'cache-out-of-date';

export interface Why {
  readonly user: string;
  readonly post: string;
  readonly author: string | null;
  /** Its place in the feed, counted from 1; null when it is not in the feed. */
  readonly rank: number | null;
  readonly reasons: { readonly code: Reason; readonly detail: string }[];
}

/**
 * Explains a post's place in a user's feed: from the database, and from the cached page.
 *
 * @throws UsageError `bad-post-id`; RequestError `user-not-found`
 */
export async function explainPost(
  sql: Sql,
  cache: TimelineCache | undefined,
  username: string,
  id: string,
): Promise<Why> {
  const postId = validPostId(id);
  const user = await findUser(sql, username);
  const [post] = await sql<{ author: string; authorId: string; followed: boolean; rank: number }[]>`
    SELECT author.username AS author, author.id AS "authorId",
           EXISTS (SELECT FROM followers
                    WHERE follower_id = ${user.id} AND followed_id = post.user_id) AS followed,
           (SELECT count(*) + 1
              FROM followers f
              JOIN posts newer ON newer.user_id = f.followed_id
             WHERE f.follower_id = ${user.id}
               AND (newer.created_at, newer.id) > (post.created_at, post.id)) AS rank
      FROM posts post
      JOIN users author ON author.id = post.user_id
     WHERE post.id = ${postId}`;
  const reasons: Why['reasons'] = [];
  const say = (code: Reason, detail: string) => reasons.push({ code, detail });
  if (!post) say('no-such-post', 'there is no such post: it was deleted, or the id is another');
  else if (post.authorId === user.id) say('own-post', 'one’s own posts are not in one’s home feed');
  else if (!post.followed) say('not-followed', `${user.username} does not follow ${post.author}`);
  else say('in-feed', `it is number ${post.rank} of the feed, counted from the newest`);

  const timeline = cache && (await inspectTimeline(cache, user.id));
  if (timeline) {
    const when = `the page cached at ${timeline.filledAt.slice(11, 19)} UTC`;
    const there = timeline.postIds.includes(postId);
    say(there ? 'cached' : 'not-in-cached-page', `${when} ${there ? 'holds' : 'does not hold'} it`);
    if (timeline.changed.length > 0) {
      const versions = timeline.changed.length === 1 ? 'a version' : 'versions';
      say('cache-out-of-date', `${when} is not served: ${versions} changed since`);
    }
  }
  return {
    user: user.username,
    post: postId,
    author: post?.author ?? null,
    rank: post?.followed ? post.rank : null,
    reasons,
  };
}
