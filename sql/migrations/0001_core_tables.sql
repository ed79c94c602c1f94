-- The source of truth in third normal form: who there is, who follows whom, what was said about what.
-- The counters are the only derived values; whoever changes an edge, a like or a comment changes them
-- in the same transaction, and `socialdb verify` proves them.
-- Locks: none.

CREATE TABLE users (
  id              uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  username        text        NOT NULL,
  -- Null where a data set brought no address: a made-up one would be a lie.
  email           text,
  -- The name as another system showed it, where it is no valid username.
  display_name    text,
  following_count integer     NOT NULL DEFAULT 0,
  followers_count integer     NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_username_form CHECK (username ~ '^[A-Za-z0-9_.-]{1,64}$'),
  CONSTRAINT users_email_form CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
  CONSTRAINT users_display_name_length CHECK (length(display_name) BETWEEN 1 AND 256),
  CONSTRAINT users_counters_not_negative CHECK (following_count >= 0 AND followers_count >= 0),
  CONSTRAINT users_created_at_finite CHECK (isfinite(created_at))
);

-- Alice and alice are one person. Usernames are ASCII, so the C collation folds them the same everywhere.
CREATE UNIQUE INDEX users_username_key ON users (lower(username COLLATE "C"));
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TABLE posts (
  id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id    uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  content    text        NOT NULL,
  metadata   jsonb       NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT posts_content_length CHECK (octet_length(content) BETWEEN 1 AND 65536),
  CONSTRAINT posts_metadata_object CHECK (jsonb_typeof(metadata) = 'object'),
  CONSTRAINT posts_created_at_finite CHECK (isfinite(created_at))
);

CREATE TABLE comments (
  id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  post_id    uuid        NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  user_id    uuid        NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  content    text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT comments_content_length CHECK (octet_length(content) BETWEEN 1 AND 65536),
  CONSTRAINT comments_created_at_finite CHECK (isfinite(created_at))
);

-- An edge does not go with its users: two counters depend on it, so the database refuses to drop a user
-- who still has edges, and `socialdb user delete` unpicks them first. The same holds for comments and
-- likes; only posts go with their author, and take their comments, likes and counters along.
CREATE TABLE followers (
  follower_id uuid        NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  followed_id uuid        NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (follower_id, followed_id),
  CONSTRAINT followers_not_self CHECK (follower_id <> followed_id),
  CONSTRAINT followers_created_at_finite CHECK (isfinite(created_at))
);

CREATE TABLE likes (
  user_id    uuid        NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  post_id    uuid        NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, post_id),
  CONSTRAINT likes_created_at_finite CHECK (isfinite(created_at))
);

-- Apart from posts, because it changes often: an update writes these few bytes anew, not the post, and
-- no index of posts has to know. A post that nobody has liked or commented has no row.
CREATE TABLE post_counters (
  post_id       uuid    PRIMARY KEY REFERENCES posts (id) ON DELETE CASCADE,
  like_count    integer NOT NULL DEFAULT 0,
  comment_count integer NOT NULL DEFAULT 0,
  CONSTRAINT post_counters_not_negative CHECK (like_count >= 0 AND comment_count >= 0)
) WITH (fillfactor = 80);
