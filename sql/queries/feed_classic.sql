-- The feed as courses teach it: the followed ids, joined to their posts, sorted, cut to a page.
-- Exact because it sorts every post that could be on the page. It costs as much as the followees
-- have ever written; without an index on posts (user_id, …) it reads the whole table.
-- $1 reader, ($2, $3) the row to start behind, $4 the rank of that row; $limit is a number, since the
-- planner has to know it.
WITH followed AS (
  SELECT followed_id FROM followers WHERE follower_id = $1::uuid
), page AS (
  SELECT p.id, p.user_id, p.content, p.metadata, p.created_at
    FROM posts p
    JOIN followed f ON f.followed_id = p.user_id
   WHERE (p.created_at, p.id) < ($2::timestamptz, $3::uuid)
   ORDER BY p.created_at DESC, p.id DESC
   LIMIT $limit
)
SELECT $4::bigint + row_number() OVER (ORDER BY page.created_at DESC, page.id DESC) AS rank,
       page.id, u.username AS author, u.id AS "authorId",
       page.content, page.metadata::text, page.created_at AS "createdAt"
  FROM page
  JOIN users u ON u.id = page.user_id
 ORDER BY page.created_at DESC, page.id DESC
