-- The indexes that the feed, the search and the pages of followers stand on.
-- Locks: SHARE on comments, followers, likes, posts: writers wait while the indexes are built.

-- One author's newest posts: a descent to the head, then a walk. The id breaks ties between equal times.
CREATE INDEX idx_posts_composite_user_date ON posts (user_id, created_at DESC, id DESC);

-- Everybody's newest posts, with the author at hand: the feed's probe walks it without touching the table.
CREATE INDEX idx_posts_newest ON posts (created_at DESC, id DESC) INCLUDE (user_id);

-- metadata @> '{"tags": ["coding"]}'. jsonb_path_ops serves containment only, with a smaller index.
CREATE INDEX idx_posts_metadata_gin ON posts USING gin (metadata jsonb_path_ops);

-- A celebrity's followers, newest first; also what the foreign key needs.
CREATE INDEX idx_followers_followed_date ON followers (followed_id, created_at DESC, follower_id DESC);

CREATE INDEX idx_comments_post_date ON comments (post_id, created_at, id);
CREATE INDEX idx_comments_user ON comments (user_id);
CREATE INDEX idx_likes_post_date ON likes (post_id, created_at DESC, user_id);
