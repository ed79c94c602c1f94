-- The schema that the files of sql/migrations make together, read from the catalog.
-- Not written by hand: npm run schema:dump. Rows that a migration inserts are not here.

-- Functions may call each other in any order.
SET check_function_bodies = off;

CREATE TABLE activity (
  id uuid NOT NULL,
  type text NOT NULL,
  actor_id uuid NOT NULL,
  at timestamp with time zone NOT NULL,
  event jsonb NOT NULL,
  CONSTRAINT activity_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_activity_actor_date ON activity USING btree (actor_id, at DESC, id DESC);
CREATE INDEX idx_activity_date ON activity USING btree (at DESC, id DESC);
CREATE INDEX idx_activity_type_date ON activity USING btree (type, at DESC, id DESC);

CREATE TABLE instance (
  only_row boolean DEFAULT true NOT NULL,
  cursor_key bytea DEFAULT sha256((((gen_random_uuid())::text || gen_random_uuid()))::bytea) NOT NULL,
  CONSTRAINT instance_pkey PRIMARY KEY (only_row),
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

CREATE FUNCTION activity_comment(id uuid, content text, post_id uuid, author_id uuid, author_name text)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object('kind', 'comment', 'id', id,
    'excerpt', left(content, 140),
    'post', jsonb_build_object('id', post_id,
      'author', jsonb_build_object('id', author_id, 'name', author_name)))
$function$;

CREATE FUNCTION activity_event(type text, at timestamp with time zone, actor_id uuid, actor_name text, object jsonb)
 RETURNS jsonb
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object(
    'id', activity_event_id(type, actor_id, (object ->> 'id')::uuid, at),
    'v', 1,
    'type', type,
    'at', iso_timestamp(at),
    'actor', jsonb_build_object('id', actor_id, 'name', actor_name),
    'object', object)
$function$;

CREATE FUNCTION activity_event_id(type text, actor_id uuid, object_id uuid, at timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT encode(substring(sha256(convert_to(
    concat_ws('|', type, actor_id, object_id, extract(epoch FROM at)), 'UTF8')) FOR 16), 'hex')::uuid
$function$;

CREATE FUNCTION activity_post(id uuid, author_id uuid, author_name text, content text, metadata jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT jsonb_build_object('kind', 'post', 'id', id,
    'author', jsonb_build_object('id', author_id, 'name', author_name),
    'excerpt', left(content, 140),
    'tags', coalesce(metadata -> 'tags', '[]'))
$function$;

CREATE FUNCTION activity_user(id uuid, username text)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
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
