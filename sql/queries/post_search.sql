-- Posts whose metadata contain a document, newest first: jsonb containment, served by the GIN index
-- idx_posts_metadata_gin where it is selective, by a walk of the newest posts where it is not.
-- $1 the document, ($2, $3) the row to start behind; $limit is a number, since the planner has to know it.
SELECT p.id, u.username AS author, p.user_id AS "authorId", p.content, p.metadata::text,
       p.created_at AS "createdAt"
  FROM posts p
  JOIN users u ON u.id = p.user_id
 WHERE p.metadata @> $1::text::jsonb
   AND (p.created_at, p.id) < ($2::timestamptz, $3::uuid)
 ORDER BY p.created_at DESC, p.id DESC
 LIMIT $limit
