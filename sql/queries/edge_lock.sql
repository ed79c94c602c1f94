-- Locks the two users of an edge, in the order of their ids, with the lock that the counters' update
-- takes anyway: any other order or strength lets two users who follow each other at once deadlock, or
-- clashes with the edge's foreign keys.
-- $1 follower, $2 followed.
SELECT id
  FROM users
 WHERE id IN ($1::uuid, $2::uuid)
 ORDER BY id
   FOR NO KEY UPDATE
