-- The activity stream's way out of PostgreSQL: an event is written to the outbox in the transaction of
-- its change, and a relay carries it to the activity store.
-- Locks: none.

CREATE TABLE outbox (
  id         uuid        PRIMARY KEY,
  event      jsonb       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- How often a relay failed to deliver it, when it may be tried again, and what went wrong last.
  attempts   integer     NOT NULL DEFAULT 0,
  retry_at   timestamptz NOT NULL DEFAULT '-infinity',
  error      text
);

CREATE INDEX idx_outbox_retry ON outbox (retry_at, created_at);

-- The activity store of those who have no MongoDB; the same documents, so that they can be moved later.
CREATE TABLE activity (
  id       uuid        PRIMARY KEY,
  type     text        NOT NULL,
  actor_id uuid        NOT NULL,
  at       timestamptz NOT NULL,
  event    jsonb       NOT NULL
);

CREATE INDEX idx_activity_date ON activity (at DESC, id DESC);
CREATE INDEX idx_activity_actor_date ON activity (actor_id, at DESC, id DESC);
CREATE INDEX idx_activity_type_date ON activity (type, at DESC, id DESC);

-- An event's id follows from what happened, so that writing it again, from wherever, changes nothing.
CREATE FUNCTION activity_event_id(type text, actor_id uuid, object_id uuid, at timestamptz)
RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT encode(substring(sha256(convert_to(
    concat_ws('|', type, actor_id, object_id, extract(epoch FROM at)), 'UTF8')) FOR 16), 'hex')::uuid
$$;

-- ISO 8601 in UTC with all six digits.
CREATE FUNCTION iso_timestamp(at timestamptz)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The document that the activity store keeps. `object` carries at least its kind and id.
CREATE FUNCTION activity_event(type text, at timestamptz, actor_id uuid, actor_name text, object jsonb)
RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object(
    'id', activity_event_id(type, actor_id, (object ->> 'id')::uuid, at),
    'v', 1,
    'type', type,
    'at', iso_timestamp(at),
    'actor', jsonb_build_object('id', actor_id, 'name', actor_name),
    'object', object)
$$;

CREATE FUNCTION activity_user(id uuid, username text)
RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('kind', 'user', 'id', id, 'name', username)
$$;

CREATE FUNCTION activity_post(id uuid, author_id uuid, author_name text, content text, metadata jsonb)
RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('kind', 'post', 'id', id,
    'author', jsonb_build_object('id', author_id, 'name', author_name),
    'excerpt', left(content, 140),
    'tags', coalesce(metadata -> 'tags', '[]'))
$$;

CREATE FUNCTION activity_comment(id uuid, content text, post_id uuid, author_id uuid, author_name text)
RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_object('kind', 'comment', 'id', id,
    'excerpt', left(content, 140),
    'post', jsonb_build_object('id', post_id,
      'author', jsonb_build_object('id', author_id, 'name', author_name)))
$$;
