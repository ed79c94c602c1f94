-- What is newer than a row of the feed, the oldest of it first, so that a poller who lags closes the
-- gap from its old end and never skips. It is heads first (feed_heads.sql) the other way round: a
-- followee whose oldest newer post is not among the k oldest of all cannot have one of the k oldest.
-- It costs one descent for each followee.
-- $1 reader, ($2, $3) the row to start above; $limit is a number, since the planner has to know it.
WITH heads AS (
  SELECT head.user_id
    FROM followers f
   CROSS JOIN LATERAL (
     SELECT p.user_id, p.created_at, p.id
       FROM posts p
      WHERE p.user_id = f.followed_id
        AND (p.created_at, p.id) > ($2::timestamptz, $3::uuid)
      ORDER BY p.created_at, p.id
      LIMIT 1
   ) head
   WHERE f.follower_id = $1::uuid
   ORDER BY head.created_at, head.id
   LIMIT $limit
), page AS (
  SELECT newer.id, newer.user_id, newer.created_at
    FROM heads
   CROSS JOIN LATERAL (
     SELECT p.id, p.user_id, p.created_at
       FROM posts p
      WHERE p.user_id = heads.user_id
        AND (p.created_at, p.id) > ($2::timestamptz, $3::uuid)
      ORDER BY p.created_at, p.id
      LIMIT $limit
   ) newer
   ORDER BY newer.created_at, newer.id
   LIMIT $limit
)
SELECT page.id, u.username AS author, u.id AS "authorId",
       p.content, p.metadata::text, page.created_at AS "createdAt",
       -- A transaction that is still open may bring a post with an earlier time than those here.
       page.created_at < now() - interval '1 minute' AS settled
  FROM page
  JOIN posts p ON p.id = page.id
  JOIN users u ON u.id = page.user_id
 ORDER BY page.created_at, page.id
