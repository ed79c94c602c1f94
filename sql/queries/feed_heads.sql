-- Heads first: the newest post (the head) of each followee, then a page of only those k followees
-- whose heads are newest. Exact because an author whose newest post is not among the k newest heads
-- has k posts before any of theirs. It costs one descent for each followee, and k short walks.
-- $1 reader, ($2, $3) the row to start behind, $4 the rank of that row; $limit is a number, since the
-- planner has to know it.
WITH heads AS (
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
   ORDER BY head.created_at DESC, head.id DESC
   LIMIT $limit
), page AS (
  SELECT recent.id, recent.user_id, recent.created_at
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
   LIMIT $limit
)
SELECT $4::bigint + row_number() OVER (ORDER BY page.created_at DESC, page.id DESC) AS rank,
       page.id, u.username AS author, u.id AS "authorId",
       p.content, p.metadata::text, page.created_at AS "createdAt"
  FROM page
  JOIN posts p ON p.id = page.id
  JOIN users u ON u.id = page.user_id
 ORDER BY page.created_at DESC, page.id DESC
