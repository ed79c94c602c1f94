-- Probe, then heads, for readers of many: look at a bounded number of everybody's newest posts first.
-- If a full page of the followees' is among them, that is the page, since the walk is in feed order.
-- Otherwise heads first (feed_heads.sql), which is always exact and costs a descent for each followee.
-- Each step is behind a one-time filter: once the page is full, what follows is never executed.
--   glance  a few hundred posts, each looked up among the followees: for those who follow thousands,
--           some of whom have always just written. A look-up costs about ten times a step of the walk.
--           Where none of them has, the walk would not fill a page either, and is left out: a reader of
--           silent authors pays a twentieth more than for heads first alone.
--   walk    a thousand posts or more, with the followees hashed. IS TRUE keeps the planner from turning
--           IN into a join, for which it would look each post up. The fewer the followees, the further
--           apart their posts are; readers of hundreds need a reach of 1,500, half a millisecond.
-- $1 reader, ($2, $3) the row to start behind, $4 the rank of that row; $limit is a number, since the
-- planner has to know it.
WITH reach AS (
  SELECT CASE WHEN following_count > 2000 THEN 300 WHEN following_count > 1000 THEN 100 ELSE 0 END AS glance,
         greatest(least(following_count * 8 + 200, 1500), least(following_count, 5000)) AS walk
    FROM users
   WHERE id = $1::uuid
), glance AS MATERIALIZED (
  SELECT newest.id, newest.user_id, newest.created_at
    FROM (
      SELECT p.id, p.user_id, p.created_at
        FROM posts p
       WHERE (p.created_at, p.id) < ($2::timestamptz, $3::uuid)
       ORDER BY p.created_at DESC, p.id DESC
       LIMIT coalesce((SELECT glance FROM reach), 0)
    ) newest
   WHERE EXISTS (
     SELECT FROM followers f WHERE f.follower_id = $1::uuid AND f.followed_id = newest.user_id
     OFFSET 0)
   ORDER BY newest.created_at DESC, newest.id DESC
   LIMIT $limit
), walk AS MATERIALIZED (
  SELECT newest.id, newest.user_id, newest.created_at
    FROM (
      SELECT p.id, p.user_id, p.created_at
        FROM posts p
       WHERE (p.created_at, p.id) < ($2::timestamptz, $3::uuid)
         AND (SELECT count(*) FROM glance) < $limit
       ORDER BY p.created_at DESC, p.id DESC
       LIMIT coalesce(
         (SELECT walk FROM reach WHERE glance = 0 OR (SELECT count(*) FROM glance) > 0), 0)
    ) newest
   WHERE (newest.user_id IN (
     SELECT f.followed_id FROM followers f WHERE f.follower_id = $1::uuid)) IS TRUE
   ORDER BY newest.created_at DESC, newest.id DESC
   LIMIT $limit
), heads AS (
  SELECT head.user_id
    FROM followers f
   CROSS JOIN LATERAL (
     SELECT p.user_id, p.created_at, p.id
       FROM posts p
      WHERE p.user_id = f.followed_id
        AND (p.created_at, p.id) < ($2::timestamptz, $3::uuid)
      ORDER BY p.created_at DESC, p.id DESC
      LIMIT 1
   ) head
   WHERE f.follower_id = $1::uuid
     AND (SELECT count(*) FROM glance) < $limit
     AND (SELECT count(*) FROM walk) < $limit
   ORDER BY head.created_at DESC, head.id DESC
   LIMIT $limit
), page AS (
  SELECT id, user_id, created_at FROM glance WHERE (SELECT count(*) FROM glance) >= $limit
  UNION ALL
  SELECT id, user_id, created_at FROM walk WHERE (SELECT count(*) FROM walk) >= $limit
  UNION ALL
  (SELECT recent.id, recent.user_id, recent.created_at
     FROM heads
    CROSS JOIN LATERAL (
      SELECT p.id, p.user_id, p.created_at
        FROM posts p
       WHERE p.user_id = heads.user_id
         AND (p.created_at, p.id) < ($2::timestamptz, $3::uuid)
       ORDER BY p.created_at DESC, p.id DESC
       LIMIT $limit
    ) recent
    ORDER BY recent.created_at DESC, recent.id DESC
    LIMIT $limit)
)
SELECT $4::bigint + row_number() OVER (ORDER BY page.created_at DESC, page.id DESC) AS rank,
       page.id, u.username AS author, u.id AS "authorId",
       p.content, p.metadata::text, page.created_at AS "createdAt"
  FROM page
  JOIN posts p ON p.id = page.id
  JOIN users u ON u.id = page.user_id
 ORDER BY page.created_at DESC, page.id DESC
