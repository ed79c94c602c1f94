-- The schema that the files of sql/migrations make together, read from the catalog.
-- Not written by hand: npm run schema:dump. Rows that a migration inserts are not here.

-- Functions may call each other in any order.
SET check_function_bodies = off;

CREATE TABLE activity (
  id uuid NOT NULL,
  type text NOT NULL,
  actor_id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  arrived_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  event jsonb NOT NULL,
  CONSTRAINT activity_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_activity_actor_date ON activity USING btree (actor_id, at, id);
CREATE INDEX idx_activity_arrival ON activity USING btree (arrived_at, id);
CREATE INDEX idx_activity_date ON activity USING btree (at, id);
CREATE INDEX idx_activity_type_date ON activity USING btree (type, at, id);

CREATE TABLE activity_backfill (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  source text NOT NULL,
  key1 uuid,
  key2 uuid,
  CONSTRAINT activity_backfill_pkey PRIMARY KEY (id)
);

CREATE TABLE instance (
  only_row boolean DEFAULT true NOT NULL,
  cursor_key bytea DEFAULT sha256((((gen_random_uuid())::text || gen_random_uuid()))::bytea) NOT NULL,
  activity_ttl interval,
  CONSTRAINT instance_pkey PRIMARY KEY (only_row),
  CONSTRAINT instance_activity_ttl_positive CHECK (activity_ttl > '00:00:00'::interval),
  CONSTRAINT instance_only_row_check CHECK (only_row)
);

CREATE TABLE outbox (
  id uuid NOT NULL,
  event jsonb NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  retry_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
  error text,
  CONSTRAINT outbox_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_outbox_retry ON outbox USING btree (retry_at, created_at);

CREATE TABLE users (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  username text NOT NULL,
  email text,
  display_name text,
  following_count integer DEFAULT 0 NOT NULL,
  followers_count integer DEFAULT 0 NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_counters_not_negative CHECK (following_count >= 0 AND followers_count >= 0),
  CONSTRAINT users_created_at_finite CHECK (isfinite(created_at)),
  CONSTRAINT users_display_name_length CHECK (length(display_name) >= 1 AND length(display_name) <= 256),
  CONSTRAINT users_email_form CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'::text AND length(email) <= 254),
  CONSTRAINT users_username_form CHECK (username ~ '^[A-Za-z0-9_.-]{1,64}$'::text)
);
CREATE UNIQUE INDEX users_email_key ON users USING btree (lower(email));
CREATE UNIQUE INDEX users_username_key ON users USING btree (lower(username COLLATE "C"));

CREATE TABLE followers (
  follower_id uuid NOT NULL,
  followed_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT followers_pkey PRIMARY KEY (follower_id, followed_id),
  CONSTRAINT followers_created_at_finite CHECK (isfinite(created_at)),
  CONSTRAINT followers_not_self CHECK (follower_id <> followed_id),
  CONSTRAINT followers_followed_id_fkey FOREIGN KEY (followed_id) REFERENCES users(id) ON DELETE RESTRICT,
  CONSTRAINT followers_follower_id_fkey FOREIGN KEY (follower_id) REFERENCES users(id) ON DELETE RESTRICT
);
CREATE INDEX idx_followers_followed_date ON followers USING btree (followed_id, created_at DESC, follower_id DESC);

CREATE TABLE posts (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  user_id uuid NOT NULL,
  content text NOT NULL,
  metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT posts_pkey PRIMARY KEY (id),
  CONSTRAINT posts_content_length CHECK (octet_length(content) >= 1 AND octet_length(content) <= 65536),
  CONSTRAINT posts_created_at_finite CHECK (isfinite(created_at)),
  CONSTRAINT posts_metadata_object CHECK (jsonb_typeof(metadata) = 'object'::text),
  CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX idx_posts_composite_user_date ON posts USING btree (user_id, created_at DESC, id DESC);
CREATE INDEX idx_posts_metadata_gin ON posts USING gin (metadata jsonb_path_ops);
CREATE INDEX idx_posts_newest ON posts USING btree (created_at DESC, id DESC) INCLUDE (user_id);

CREATE TABLE comments (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  post_id uuid NOT NULL,
  user_id uuid NOT NULL,
  content text NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT comments_pkey PRIMARY KEY (id),
  CONSTRAINT comments_content_length CHECK (octet_length(content) >= 1 AND octet_length(content) <= 65536),
  CONSTRAINT comments_created_at_finite CHECK (isfinite(created_at)),
  CONSTRAINT comments_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id) ON DELETE CASCADE,
  CONSTRAINT comments_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT
);
CREATE INDEX idx_comments_post_date ON comments USING btree (post_id, created_at, id);
CREATE INDEX idx_comments_user ON comments USING btree (user_id);

CREATE TABLE likes (
  user_id uuid NOT NULL,
  post_id uuid NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT likes_pkey PRIMARY KEY (user_id, post_id),
  CONSTRAINT likes_created_at_finite CHECK (isfinite(created_at)),
  CONSTRAINT likes_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id) ON DELETE CASCADE,
  CONSTRAINT likes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT
);
CREATE INDEX idx_likes_post_date ON likes USING btree (post_id, created_at DESC, user_id);

CREATE TABLE post_counters (
  post_id uuid NOT NULL,
  like_count integer DEFAULT 0 NOT NULL,
  comment_count integer DEFAULT 0 NOT NULL,
  CONSTRAINT post_counters_pkey PRIMARY KEY (post_id),
  CONSTRAINT post_counters_not_negative CHECK (like_count >= 0 AND comment_count >= 0),
  CONSTRAINT post_counters_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts(id) ON DELETE CASCADE
) WITH (fillfactor=80);

CREATE FUNCTION activity_actor(id uuid, username text)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object('id', id, 'name', username)
$function$;

CREATE FUNCTION activity_before_delete()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF EXISTS (SELECT FROM activity_backfill) THEN
    EXECUTE 'INSERT INTO outbox (id, event) SELECT (event ->> ''id'')::uuid, event
               FROM activity_source() WHERE ' || TG_ARGV[0] || ' ON CONFLICT DO NOTHING' USING OLD;
  END IF;
  RETURN OLD;
END
$function$;

CREATE FUNCTION activity_comment(id uuid, content text, post_id uuid, author_id uuid, author_name text)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object('kind', 'comment', 'id', id,
    'excerpt', left(content, 140),
    'post', jsonb_build_object('id', post_id, 'author', activity_actor(author_id, author_name)))
$function$;

CREATE FUNCTION activity_document(id uuid, type text, at timestamp with time zone, actor jsonb, object jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object(
    'id', id, 'v', 1, 'type', type, 'at', iso_timestamp(at), 'actor', actor, 'object', object)
$function$;

CREATE FUNCTION activity_event(type text, at timestamp with time zone, actor_id uuid, actor_name text, object jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT activity_document(activity_event_id(type, actor_id, (object ->> 'id')::uuid, at),
    type, at, activity_actor(actor_id, actor_name), object)
$function$;

CREATE FUNCTION activity_event_id(type text, actor_id uuid, object_id uuid, at timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT encode(substring(sha256(convert_to(
    concat_ws('|', type, actor_id, object_id, extract(epoch FROM at)), 'UTF8')) FOR 16), 'hex')::uuid
$function$;

CREATE FUNCTION activity_post(id uuid, author_id uuid, author_name text, content text, metadata jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object('kind', 'post', 'id', id,
    'author', activity_actor(author_id, author_name),
    'excerpt', left(content, 140),
    'tags', jsonb_path_query_array(metadata, '$.tags[*] ? (@.type() == "string")'))
$function$;

CREATE FUNCTION activity_source()
 RETURNS TABLE(source text, key1 uuid, key2 uuid, actor_id uuid, post_id uuid, event jsonb)
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
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
$function$;

CREATE FUNCTION activity_user(id uuid, username text)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object('kind', 'user', 'id', id, 'name', username)
$function$;

CREATE FUNCTION iso_timestamp(at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$function$;

CREATE TRIGGER activity_before_delete BEFORE DELETE ON comments FOR EACH ROW EXECUTE FUNCTION activity_before_delete('source = ''comments'' AND key1 = $1.id');

CREATE TRIGGER activity_before_delete BEFORE DELETE ON followers FOR EACH ROW EXECUTE FUNCTION activity_before_delete('source = ''followers'' AND key1 = $1.follower_id AND key2 = $1.followed_id');

CREATE TRIGGER activity_before_delete BEFORE DELETE ON likes FOR EACH ROW EXECUTE FUNCTION activity_before_delete('source = ''likes'' AND key1 = $1.user_id AND key2 = $1.post_id');

CREATE TRIGGER activity_before_delete BEFORE DELETE ON posts FOR EACH ROW EXECUTE FUNCTION activity_before_delete('post_id = $1.id');

CREATE TRIGGER activity_before_delete BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION activity_before_delete('actor_id = $1.id');

CREATE TRIGGER activity_before_delete_posts BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION activity_before_delete('source IN (''posts'', ''comments'', ''likes'')
    AND post_id = ANY (ARRAY(SELECT id FROM posts WHERE user_id = $1.id))');
