-- The activity stream's way out of PostgreSQL: an event is written to the outbox in the transaction of
-- its change, and a relay carries it to the activity store. What seed and import load in bulk goes past
-- the outbox: its events are derived from the rows themselves.
-- Locks: SHARE ROW EXCLUSIVE on comments, followers, likes, posts, users.

CREATE TABLE outbox (
  id         uuid        PRIMARY KEY,
  event      jsonb       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- How often a store refused it, when it may be tried again ('infinity': set aside), and what the
  -- store said last.
  attempts   integer     NOT NULL DEFAULT 0,
  retry_at   timestamptz NOT NULL DEFAULT '-infinity',
  error      text
);

CREATE INDEX idx_outbox_retry ON outbox (retry_at, created_at);

-- The activity store of those who have no MongoDB; the same documents, so that they can be moved later.
CREATE TABLE activity (
  id         uuid        PRIMARY KEY,
  type       text        NOT NULL,
  actor_id   uuid        NOT NULL,
  at         timestamptz NOT NULL,
  -- When it reached this store, which may be long after it happened; `activity tail --follow` reads by it.
  arrived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  event      jsonb       NOT NULL
);

CREATE INDEX idx_activity_date ON activity (at, id);
CREATE INDEX idx_activity_actor_date ON activity (actor_id, at, id);
CREATE INDEX idx_activity_type_date ON activity (type, at, id);
CREATE INDEX idx_activity_arrival ON activity (arrived_at, id);

-- The functions below are STABLE even where they could be IMMUTABLE: what they call is STABLE, and only
-- so does the planner inline them, which matters for the millions of events of an import.

-- An event's id follows from what happened, so that writing it again, from wherever, changes nothing.
CREATE FUNCTION activity_event_id(type text, actor_id uuid, object_id uuid, at timestamptz)
RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(substring(sha256(convert_to(
    concat_ws('|', type, actor_id, object_id, extract(epoch FROM at)), 'UTF8')) FOR 16), 'hex')::uuid
$$;

-- ISO 8601 in UTC with all six digits.
CREATE FUNCTION iso_timestamp(at timestamptz)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The document that the activity store keeps.
-- Types: joined, followed, unfollowed, posted, commented, liked, unliked, deleted.
CREATE FUNCTION activity_document(id uuid, type text, at timestamptz, actor jsonb, object jsonb)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object(
    'id', id, 'v', 1, 'type', type, 'at', iso_timestamp(at), 'actor', actor, 'object', object)
$$;

CREATE FUNCTION activity_actor(id uuid, username text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('id', id, 'name', username)
$$;

-- The same for whoever has the parts at hand: `object` carries at least its kind and id.
CREATE FUNCTION activity_event(type text, at timestamptz, actor_id uuid, actor_name text, object jsonb)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT activity_document(activity_event_id(type, actor_id, (object ->> 'id')::uuid, at),
    type, at, activity_actor(actor_id, actor_name), object)
$$;

-- The object of joined, followed and unfollowed, and of deleted where an account went.
CREATE FUNCTION activity_user(id uuid, username text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('kind', 'user', 'id', id, 'name', username)
$$;

-- The object of posted, liked and unliked, and of deleted where a post went.
CREATE FUNCTION activity_post(id uuid, author_id uuid, author_name text, content text, metadata jsonb)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('kind', 'post', 'id', id,
    'author', activity_actor(author_id, author_name),
    'excerpt', left(content, 140),
    'tags', jsonb_path_query_array(metadata, '$.tags[*] ? (@.type() == "string")'))
$$;

-- The object of commented.
CREATE FUNCTION activity_comment(id uuid, content text, post_id uuid, author_id uuid, author_name text)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('kind', 'comment', 'id', id,
    'excerpt', left(content, 140),
    'post', jsonb_build_object('id', post_id, 'author', activity_actor(author_id, author_name)))
$$;

-- Every row that is there, as the event of its creation. A row is known by its source and its key, one
-- or two ids; whoever reads all of a source goes along the key.
-- One table a branch, the rest looked up row by row: so the planner walks the primary key and makes only
-- the events that are asked for, whatever the statistics say. With joins it sorted all of a source.
CREATE FUNCTION activity_source()
RETURNS TABLE (source text, key1 uuid, key2 uuid, actor_id uuid, post_id uuid, event jsonb)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT 'users', u.id, NULL::uuid, u.id, NULL::uuid,
         activity_document(activity_event_id('joined', u.id, u.id, u.created_at), 'joined', u.created_at,
           activity_actor(u.id, u.username), activity_user(u.id, u.username))
    FROM users u
UNION ALL
  SELECT 'followers', f.follower_id, f.followed_id, f.follower_id, NULL,
         activity_document(activity_event_id('followed', f.follower_id, f.followed_id, f.created_at),
           'followed', f.created_at,
           (SELECT activity_actor(id, username) FROM users WHERE id = f.follower_id),
           (SELECT activity_user(id, username) FROM users WHERE id = f.followed_id))
    FROM followers f
UNION ALL
  SELECT 'posts', p.id, NULL, p.user_id, p.id,
         activity_document(activity_event_id('posted', p.user_id, p.id, p.created_at),
           'posted', p.created_at,
           (SELECT activity_actor(id, username) FROM users WHERE id = p.user_id),
           (SELECT activity_post(p.id, u.id, u.username, p.content, p.metadata)
              FROM users u WHERE u.id = p.user_id))
    FROM posts p
UNION ALL
  SELECT 'comments', c.id, NULL, c.user_id, c.post_id,
         activity_document(activity_event_id('commented', c.user_id, c.id, c.created_at),
           'commented', c.created_at,
           (SELECT activity_actor(id, username) FROM users WHERE id = c.user_id),
           (SELECT activity_comment(c.id, c.content, p.id, u.id, u.username)
              FROM posts p JOIN users u ON u.id = p.user_id WHERE p.id = c.post_id))
    FROM comments c
UNION ALL
  SELECT 'likes', l.user_id, l.post_id, l.user_id, l.post_id,
         activity_document(activity_event_id('liked', l.user_id, l.post_id, l.created_at),
           'liked', l.created_at,
           (SELECT activity_actor(id, username) FROM users WHERE id = l.user_id),
           (SELECT activity_post(p.id, u.id, u.username, p.content, p.metadata)
              FROM posts p JOIN users u ON u.id = p.user_id WHERE p.id = l.post_id))
    FROM likes l
$$;

-- What a bulk load leaves to the relay: the rows of one source, from a key on. A second load adds rows
-- of its own, so that it never waits for a relay that is at work on the first.
CREATE TABLE activity_backfill (
  id     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  source text NOT NULL,
  -- The last key whose event was carried over; null at the start.
  key1   uuid,
  key2   uuid
);

-- A row that goes before the relay came to it takes its event along to the outbox; where the relay had
-- been there already, the event has the same id and changes nothing. BEFORE, since what hangs on a user
-- or a post can be read only while the user or the post is there. The argument finds the events of the
-- row, $1, and of what goes with it.
CREATE FUNCTION activity_before_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM activity_backfill) THEN
    EXECUTE 'INSERT INTO outbox (id, event) SELECT (event ->> ''id'')::uuid, event
               FROM activity_source() WHERE ' || TG_ARGV[0] || ' ON CONFLICT DO NOTHING' USING OLD;
  END IF;
  RETURN OLD;
END
$$;

CREATE TRIGGER activity_before_delete BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION
  activity_before_delete('actor_id = $1.id');
CREATE TRIGGER activity_before_delete_posts BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION
  activity_before_delete('source IN (''posts'', ''comments'', ''likes'')
    AND post_id = ANY (ARRAY(SELECT id FROM posts WHERE user_id = $1.id))');
CREATE TRIGGER activity_before_delete BEFORE DELETE ON posts FOR EACH ROW EXECUTE FUNCTION
  activity_before_delete('post_id = $1.id');
CREATE TRIGGER activity_before_delete BEFORE DELETE ON comments FOR EACH ROW EXECUTE FUNCTION
  activity_before_delete('source = ''comments'' AND key1 = $1.id');
CREATE TRIGGER activity_before_delete BEFORE DELETE ON followers FOR EACH ROW EXECUTE FUNCTION
  activity_before_delete('source = ''followers'' AND key1 = $1.follower_id AND key2 = $1.followed_id');
CREATE TRIGGER activity_before_delete BEFORE DELETE ON likes FOR EACH ROW EXECUTE FUNCTION
  activity_before_delete('source = ''likes'' AND key1 = $1.user_id AND key2 = $1.post_id');
