-- The way back of edge_follow.sql, under the same locks.
-- $1 follower, $2 followed.
WITH pair AS MATERIALIZED (
  SELECT id, username, following_count, followers_count
    FROM users
   WHERE id IN ($1::uuid, $2::uuid)
), edge AS (
  DELETE FROM followers
   WHERE follower_id = $1::uuid AND followed_id = $2::uuid
     AND (SELECT count(*) FROM pair) = 2
  RETURNING follower_id
), counted AS (
  UPDATE users u
     SET following_count = u.following_count - (u.id = $1::uuid)::int,
         followers_count = u.followers_count - (u.id = $2::uuid)::int
    FROM pair, edge
   WHERE u.id = pair.id
), event AS (
  INSERT INTO outbox (id, event)
  SELECT (e ->> 'id')::uuid, e
    FROM edge, pair follower, pair followed,
         activity_event('unfollowed', now(), follower.id, follower.username,
                        activity_user(followed.id, followed.username)) AS e
   WHERE follower.id = $1::uuid AND followed.id = $2::uuid
)
SELECT follower.username AS follower, followed.username AS followed,
       EXISTS (SELECT FROM edge) AS changed,
       follower.following_count - EXISTS (SELECT FROM edge)::int AS "followingCount",
       followed.followers_count - EXISTS (SELECT FROM edge)::int AS "followersCount"
  FROM pair follower, pair followed
 WHERE follower.id = $1::uuid AND followed.id = $2::uuid
