-- A like, its count and its event; liking twice changes nothing. The post is locked first, as whoever
-- deletes it does: the foreign key would ask for that lock last, with the counters in hand.
-- $1 user, $2 post.
WITH post AS MATERIALIZED (
  SELECT id, user_id, content, metadata FROM posts WHERE id = $2::uuid FOR KEY SHARE
), liked AS (
  INSERT INTO likes (user_id, post_id)
  SELECT $1::uuid, id FROM post
  ON CONFLICT DO NOTHING
  RETURNING created_at
), counted AS (
  INSERT INTO post_counters AS counters (post_id, like_count)
  SELECT $2::uuid, 1 FROM liked
  ON CONFLICT (post_id) DO UPDATE SET like_count = counters.like_count + 1
), event AS (
  INSERT INTO outbox (id, event)
  SELECT (e ->> 'id')::uuid, e
    FROM liked, users actor, post
    JOIN users author ON author.id = post.user_id,
         activity_event('liked', liked.created_at, actor.id, actor.username,
                        activity_post(post.id, author.id, author.username, post.content, post.metadata)) AS e
   WHERE actor.id = $1::uuid
)
SELECT post.id AS post, EXISTS (SELECT FROM liked) AS changed
  FROM post
