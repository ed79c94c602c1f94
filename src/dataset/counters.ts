import type { Transaction } from '../stores/postgres.js';

/**
 * Adds new edges to both counters of all users concerned.
 *
 * @param edges the table that holds the new edges, each once: `followers` where there were none before
 */
export async function addToUserCounters(
  sql: Transaction,
  edges: 'staged_followers' | 'followers',
): Promise<void> {
  await sql`
    UPDATE users u
       SET following_count = u.following_count + d.following,
           followers_count = u.followers_count + d.followers
      FROM (SELECT id, sum(following) AS following, sum(followers) AS followers
              FROM (SELECT follower_id AS id, count(*) AS following, 0 AS followers
                      FROM ${sql(edges)} GROUP BY follower_id
                    UNION ALL
                    SELECT followed_id, 0, count(*) FROM ${sql(edges)} GROUP BY followed_id) e
             GROUP BY id) d
     WHERE u.id = d.id`;
}

/**
 * Adds new comments or likes to the counter of the posts concerned.
 *
 * @param rows the table that holds the new rows
 */
export async function addToPostCounters(
  sql: Transaction,
  counter: 'comment_count' | 'like_count',
  rows: 'staged_comments' | 'comments' | 'staged_likes' | 'likes',
): Promise<void> {
  await sql`
    INSERT INTO post_counters AS c (post_id, ${sql(counter)})
    SELECT post_id, count(*) FROM ${sql(rows)} GROUP BY post_id
    ON CONFLICT (post_id) DO UPDATE SET ${sql(counter)} = c.${sql(counter)} + EXCLUDED.${sql(counter)}`;
}

/** Fills `post_counters`, which is empty, from the comments and likes. */
export async function countReactions(sql: Transaction): Promise<void> {
  await sql`
    INSERT INTO post_counters (post_id, comment_count, like_count)
    SELECT post_id, sum(comments), sum(likes)
      FROM (SELECT post_id, 1 AS comments, 0 AS likes FROM comments
            UNION ALL
            SELECT post_id, 0, 1 FROM likes) reactions
     GROUP BY post_id`;
}
