-- How long the activity store in PostgreSQL keeps an event; null: for ever. MongoDB keeps its own, as
-- the TTL of an index.
-- Locks: ACCESS EXCLUSIVE on instance.

ALTER TABLE instance ADD COLUMN activity_ttl interval;
ALTER TABLE instance ADD CONSTRAINT instance_activity_ttl_positive CHECK (activity_ttl > interval '0');
