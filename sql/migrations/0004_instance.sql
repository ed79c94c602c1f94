-- What belongs to this database and to no copy of its rows.
-- Locks: none.

-- One row: the key that page cursors are signed with.
CREATE TABLE instance (
  only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  cursor_key bytea   NOT NULL DEFAULT sha256((gen_random_uuid()::text || gen_random_uuid())::bytea)
);

INSERT INTO instance DEFAULT VALUES;
