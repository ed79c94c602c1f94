-- Takes a like back; taking it back twice changes nothing. The post is locked first, as in like_create.sql.
-- $1 user, $2 post.
WITH post AS MATERIALIZED (
  SELECT id, user_id, content, metadata FROM posts WHERE id = $2::uuid FOR KEY SHARE
), unliked AS (
  DELETE FROM likes WHERE user_id = $1::uuid AND post_id = (SELECT id FROM post)
  RETURNING user_id
), counted AS (
  UPDATE post_counters SET like_count = like_count - 1
    FROM unliked
   WHERE post_id = $2::uuid
), event AS (
  INSERT INTO outbox (id, event)
  SELECT (e ->> 'id')::uuid, e
    FROM unliked, users actor, post
    JOIN users author ON author.id = post.user_id,
         activity_event('unliked', now(), actor.id, actor.username,
                        activity_post(post.id, author.id, author.username, post.content, post.metadata)) AS e
   WHERE actor.id = $1::uuid
)
SELECT post.id AS post, EXISTS (SELECT FROM unliked) AS changed
  FROM post
