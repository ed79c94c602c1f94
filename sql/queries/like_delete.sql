-- Takes a like back; taking it back twice changes nothing.
-- $1 user, $2 post.
WITH unliked AS (
  DELETE FROM likes WHERE user_id = $1::uuid AND post_id = $2::uuid
  RETURNING user_id
), counted AS (
  UPDATE post_counters SET like_count = like_count - 1
    FROM unliked
   WHERE post_id = $2::uuid
), event AS (
  INSERT INTO outbox (id, event)
  SELECT (e ->> 'id')::uuid, e
    FROM unliked, users actor, posts post
    JOIN users author ON author.id = post.user_id,
         activity_event('unliked', now(), actor.id, actor.username,
                        activity_post(post.id, author.id, author.username, post.content, post.metadata)) AS e
   WHERE actor.id = $1::uuid AND post.id = $2::uuid
)
SELECT post.id AS post, EXISTS (SELECT FROM unliked) AS changed
  FROM posts post
 WHERE post.id = $2::uuid
