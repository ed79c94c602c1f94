-- Deletes a post with its comments and likes, and says so in the activity stream.
-- $1 post.
WITH post AS (
  DELETE FROM posts WHERE id = $1::uuid
  RETURNING id, user_id, content, metadata
), event AS (
  INSERT INTO outbox (id, event)
  SELECT (e ->> 'id')::uuid, e
    FROM post
    JOIN users author ON author.id = post.user_id,
         activity_event('deleted', now(), author.id, author.username,
                        activity_post(post.id, author.id, author.username, post.content, post.metadata)) AS e
)
SELECT id, user_id AS "authorId" FROM post
