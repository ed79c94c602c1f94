-- Roles with no more than they need. The role that ran `socialdb migrate` owns the tables; it runs what
-- changes or measures the schema (migrate, seed, import, index, explain --compare-index).
--
--   CREATE ROLE socialdb_app NOLOGIN; CREATE ROLE socialdb_relay NOLOGIN; CREATE ROLE socialdb_reader NOLOGIN;
--   \i grants.sql
--   CREATE ROLE web LOGIN PASSWORD '…' IN ROLE socialdb_app;
--
-- Run it as the owner, again after each `socialdb migrate` that applied something.

-- The application and its operators: every verb, feeds, search, the activity stream.
GRANT SELECT, INSERT, UPDATE, DELETE ON users, posts, comments, followers, likes, post_counters TO socialdb_app;
-- A write gives its own events to the relay at its end; without this they wait for the daemon.
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO socialdb_app;
GRANT SELECT, UPDATE, DELETE ON activity_backfill TO socialdb_app;
GRANT SELECT, INSERT ON activity TO socialdb_app;
GRANT SELECT ON instance, socialdb_migrations TO socialdb_app;

-- `socialdb activity relay --watch`: reads the rows whose events a bulk load left to it.
GRANT SELECT ON users, posts, comments, followers, likes, instance, socialdb_migrations TO socialdb_relay;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO socialdb_relay;
GRANT SELECT, UPDATE, DELETE ON activity_backfill TO socialdb_relay;
-- It takes away what has expired (`socialdb activity ttl`), and passes over what another relay holds.
GRANT SELECT, INSERT, UPDATE, DELETE ON activity TO socialdb_relay;

-- Feeds, threads, search, export, explain, report, doctor, verify: whatever only looks.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO socialdb_reader;
-- Statements and sessions of others, for `doctor`, `top` and `index advise`.
GRANT pg_monitor TO socialdb_reader;
