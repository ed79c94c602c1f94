-- Newest first: walk everybody's posts in feed order and keep those whose author the reader follows,
-- until the page is full. Exact because the walk is in feed order. It is the fastest there is for
-- who follows many, and reads the whole table for who follows nobody who writes.
-- $1 reader, ($2, $3) the row to start behind, $4 the rank of that row; $limit is a number, since the
-- planner has to know it.
WITH page AS (
  SELECT p.id, p.user_id, p.created_at
    FROM posts p
   WHERE (p.created_at, p.id) < ($2::timestamptz, $3::uuid)
     AND EXISTS (
       SELECT FROM followers f WHERE f.follower_id = $1::uuid AND f.followed_id = p.user_id)
   ORDER BY p.created_at DESC, p.id DESC
   LIMIT $limit
)
SELECT $4::bigint + row_number() OVER (ORDER BY page.created_at DESC, page.id DESC) AS rank,
       page.id, u.username AS author, u.id AS "authorId",
       p.content, p.metadata::text, page.created_at AS "createdAt"
  FROM page
  JOIN posts p ON p.id = page.id
  JOIN users u ON u.id = page.user_id
 ORDER BY page.created_at DESC, page.id DESC
