-- The newest page of each followee, merged. Exact because a page can hold no more than a page of
-- one author. It costs a descent and a page of index entries for each followee.
-- $1 reader, ($2, $3) the row to start behind, $4 the rank of that row; $limit is a number, since the
-- planner has to know it.
WITH page AS (
  SELECT recent.id, recent.user_id, recent.created_at
    FROM followers f
   CROSS JOIN LATERAL (
     SELECT p.id, p.user_id, p.created_at
       FROM posts p
      WHERE p.user_id = f.followed_id
        AND (p.created_at, p.id) < ($2::timestamptz, $3::uuid)
      ORDER BY p.created_at DESC, p.id DESC
      LIMIT $limit
   ) recent
   WHERE f.follower_id = $1::uuid
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
