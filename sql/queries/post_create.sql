-- A post and its event. The id is made by the client, so that a retry after a lost reply adds nothing.
-- $1 id, $2 author, $3 content, $4 metadata.
WITH post AS (
  INSERT INTO posts (id, user_id, content, metadata)
  VALUES ($1::uuid, $2::uuid, $3::text, $4::text::jsonb)
  ON CONFLICT (id) DO NOTHING
  RETURNING id, user_id, content, metadata, created_at
), event AS (
  INSERT INTO outbox (id, event)
  SELECT (e ->> 'id')::uuid, e
    FROM post
    JOIN users author ON author.id = post.user_id,
         activity_event('posted', post.created_at, author.id, author.username,
                        activity_post(post.id, author.id, author.username, post.content, post.metadata)) AS e
)
SELECT id, created_at AS "createdAt" FROM post
UNION ALL
SELECT id, created_at FROM posts WHERE id = $1::uuid AND user_id = $2::uuid
