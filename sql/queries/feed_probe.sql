-- Probe, then heads: look at a bounded number of everybody's newest posts; if a full page of the
-- followees' is among them, that is the page, since the walk is in feed order. Otherwise heads first
-- (feed_heads.sql). The second branch is behind a one-time filter: when the probe has found a page it
-- is never executed. The probe's reach grows with the followees, who are then likelier to be met, and
-- is capped, so that a reader of silent authors pays little for a probe that finds nothing.
-- $1 reader, $2 posts a page, ($3, $4) the row to start behind, $5 the rank of that row.
WITH probe AS (
  SELECT newest.id, newest.user_id, newest.created_at
    FROM (
      SELECT p.id, p.user_id, p.created_at
        FROM posts p
       WHERE (p.created_at, p.id) < ($3::timestamptz, $4::uuid)
       ORDER BY p.created_at DESC, p.id DESC
       LIMIT (SELECT least(following_count / 2 + 100, 1500) FROM users WHERE id = $1::uuid)
    ) newest
   -- EXISTS leaves the planner free to hash the followees; a LATERAL join does not.
   WHERE EXISTS (
     SELECT FROM followers f WHERE f.follower_id = $1::uuid AND f.followed_id = newest.user_id)
   ORDER BY newest.created_at DESC, newest.id DESC
   LIMIT $2::int
), heads AS (
  SELECT head.user_id
    FROM followers f
   CROSS JOIN LATERAL (
     SELECT p.user_id, p.created_at, p.id
       FROM posts p
      WHERE p.user_id = f.followed_id
        AND (p.created_at, p.id) < ($3::timestamptz, $4::uuid)
      ORDER BY p.created_at DESC, p.id DESC
      LIMIT 1
   ) head
   WHERE f.follower_id = $1::uuid
     AND (SELECT count(*) FROM probe) < $2::int
   ORDER BY head.created_at DESC, head.id DESC
   LIMIT $2::int
), page AS (
  SELECT id, user_id, created_at FROM probe WHERE (SELECT count(*) FROM probe) >= $2::int
  UNION ALL
  (SELECT recent.id, recent.user_id, recent.created_at
     FROM heads
    CROSS JOIN LATERAL (
      SELECT p.id, p.user_id, p.created_at
        FROM posts p
       WHERE p.user_id = heads.user_id
         AND (p.created_at, p.id) < ($3::timestamptz, $4::uuid)
       ORDER BY p.created_at DESC, p.id DESC
       LIMIT $2::int
    ) recent
    ORDER BY recent.created_at DESC, recent.id DESC
    LIMIT $2::int)
)
SELECT $5::bigint + row_number() OVER (ORDER BY page.created_at DESC, page.id DESC) AS rank,
       page.id, u.username AS author, u.id AS "authorId",
       p.content, p.metadata, page.created_at AS "createdAt"
  FROM page
  JOIN posts p ON p.id = page.id
  JOIN users u ON u.id = page.user_id
 ORDER BY page.created_at DESC, page.id DESC
