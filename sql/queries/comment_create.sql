-- A comment, its count and its event. The id is made by the client, so that a retry after a lost reply adds nothing.
-- The post is locked first, as in like_create.sql.
-- $1 id, $2 user, $3 post, $4 content.
WITH post AS MATERIALIZED (
  SELECT id, user_id, content, metadata FROM posts WHERE id = $3::uuid FOR KEY SHARE
), comment AS (
  INSERT INTO comments (id, user_id, post_id, content)
  SELECT $1::uuid, $2::uuid, id, $4::text FROM post
  ON CONFLICT (id) DO NOTHING
  RETURNING id, user_id, post_id, content, created_at
), counted AS (
  INSERT INTO post_counters AS counters (post_id, comment_count)
  SELECT post_id, 1 FROM comment
  ON CONFLICT (post_id) DO UPDATE SET comment_count = counters.comment_count + 1
), event AS (
  INSERT INTO outbox (id, event)
  SELECT (e ->> 'id')::uuid, e
    FROM comment
    JOIN users actor ON actor.id = comment.user_id
    JOIN post ON post.id = comment.post_id
    JOIN users author ON author.id = post.user_id,
         activity_event('commented', comment.created_at, actor.id, actor.username,
                        activity_comment(comment.id, comment.content, post.id, author.id, author.username)) AS e
)
SELECT id, post_id AS post, created_at AS "createdAt" FROM comment
UNION ALL
SELECT id, post_id, created_at FROM comments WHERE id = $1::uuid AND user_id = $2::uuid
