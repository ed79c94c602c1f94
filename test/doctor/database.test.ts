import { before, describe, it } from 'node:test';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';
import { assertFound, type Illness } from './finding.js';

const setting = (name: string, value: string): Pick<Illness, 'break' | 'mend'> => ({
  break: [`ALTER DATABASE :this SET ${name} = ${value}`],
  mend: [`ALTER DATABASE :this RESET ${name}`],
});

const ILLNESSES: readonly Illness[] = [
  {
    ...{ check: 'writable', what: 'a database that is read-only', status: 'fail' },
    ...{ detail: /takes no writes/, fix: /RESET default_transaction_read_only/ },
    break: ['ALTER DATABASE :this SET default_transaction_read_only = on'],
    mend: ['ALTER DATABASE :this RESET default_transaction_read_only'],
  },
  {
    ...{ check: 'synchronous-commit', what: 'synchronous_commit off', status: 'warn' },
    ...{ detail: /200ms/, fix: /ALTER SYSTEM SET synchronous_commit = 'on'/ },
    ...setting('synchronous_commit', 'off'),
  },
  {
    ...{ check: 'work-mem', what: 'a work_mem below the default', status: 'warn' },
    ...{ detail: /1\.0 MB/, fix: /work_mem = '4MB'/ },
    ...setting('work_mem', "'1MB'"),
  },
  {
    ...{ check: 'work-mem', what: 'a work_mem beyond the memory of the machine', status: 'warn' },
    ...{ detail: /512 GB for each sort/, fix: /work_mem = '16MB'/ },
    ...setting('work_mem', "'512GB'"),
  },
  {
    ...{ check: 'random-page-cost', what: 'the random_page_cost of disks', status: 'warn' },
    ...{ detail: /^4 means spinning disks/, fix: /random_page_cost = '1.1'/ },
    // PostgreSQL's own default is 4.
    break: ['ALTER DATABASE :this SET random_page_cost = 4'],
    mend: ['ALTER DATABASE :this SET random_page_cost = 1.1'],
  },
  {
    ...{ check: 'autovacuum', what: 'a table without autovacuum', status: 'warn' },
    ...{ detail: /off for posts/, fix: /ALTER TABLE posts RESET/ },
    break: ['ALTER TABLE posts SET (autovacuum_enabled = false)'],
    mend: ['ALTER TABLE posts RESET (autovacuum_enabled)'],
  },
  {
    ...{ check: 'statistics', what: 'a table that was never analyzed', status: 'warn' },
    ...{ detail: /fresh was never analyzed/, fix: /ANALYZE fresh/ },
    break: [
      'CREATE TABLE fresh (n int) WITH (autovacuum_enabled = false)',
      'INSERT INTO fresh SELECT generate_series(1, 50000)',
    ],
    mend: ['DROP TABLE fresh'],
  },
  {
    ...{ check: 'statistics', what: 'statistics from before most rows', status: 'warn' },
    ...{ detail: /grown: 50,000 rows written since/, fix: /ANALYZE grown/ },
    break: [
      'CREATE TABLE grown (n int) WITH (autovacuum_enabled = false)',
      'INSERT INTO grown SELECT generate_series(1, 1000)',
      'SELECT pg_stat_force_next_flush()',
      'ANALYZE grown',
      'INSERT INTO grown SELECT generate_series(1, 50000)',
      'SELECT pg_stat_force_next_flush()',
    ],
    mend: ['DROP TABLE grown'],
  },
  {
    ...{ check: 'dead-rows', what: 'dead rows that nobody takes away', status: 'warn' },
    ...{ detail: /bloated: 15,000 beside 5,000 live/, fix: /VACUUM bloated/ },
    break: [
      'CREATE TABLE bloated (n int) WITH (autovacuum_enabled = false)',
      'INSERT INTO bloated SELECT generate_series(1, 20000)',
      'DELETE FROM bloated WHERE n > 5000',
      'SELECT pg_stat_force_next_flush()',
    ],
    mend: ['DROP TABLE bloated'],
  },
  {
    ...{ check: 'migrations', what: 'a migration that is pending', status: 'fail' },
    ...{ detail: /1 migration pending: 0004_instance/, fix: /^socialdb migrate$/ },
    break: [
      'CREATE TABLE kept AS SELECT * FROM socialdb_migrations',
      "DELETE FROM socialdb_migrations WHERE name = '0004_instance'",
    ],
    mend: [
      'INSERT INTO socialdb_migrations SELECT * FROM kept ON CONFLICT DO NOTHING',
      'DROP TABLE kept',
    ],
  },
  {
    ...{ check: 'migrations', what: 'a migration that changed', status: 'fail' },
    ...{ detail: /0004_instance changed/, fix: /sql\/migrations/ },
    break: [
      "UPDATE socialdb_migrations SET checksum = checksum || '!' WHERE name = '0004_instance'",
    ],
    mend: ["UPDATE socialdb_migrations SET checksum = rtrim(checksum, '!')"],
  },
  {
    ...{ check: 'migrations', what: 'a migration of a newer version', status: 'warn' },
    ...{ detail: /9999_future/, fix: /npm install/ },
    break: ["INSERT INTO socialdb_migrations VALUES ('9999_future', '')"],
    mend: ["DELETE FROM socialdb_migrations WHERE name = '9999_future'"],
  },
  {
    ...{ check: 'schema-drift', what: 'a foreign key that was dropped', status: 'fail' },
    ...{ detail: /constraint likes_user_id_fkey/, fix: /schema/ },
    break: ['ALTER TABLE likes DROP CONSTRAINT likes_user_id_fkey'],
    mend: [
      'ALTER TABLE likes ADD CONSTRAINT likes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT',
    ],
  },
  {
    ...{ check: 'schema-drift', what: 'a foreign key that was never validated', status: 'fail' },
    ...{ detail: /constraint likes_user_id_fkey/, fix: /schema/ },
    break: [
      'ALTER TABLE likes DROP CONSTRAINT likes_user_id_fkey',
      'ALTER TABLE likes ADD CONSTRAINT likes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT NOT VALID',
    ],
    mend: ['ALTER TABLE likes VALIDATE CONSTRAINT likes_user_id_fkey'],
  },
  {
    ...{ check: 'schema-drift', what: 'triggers that were switched off', status: 'fail' },
    ...{
      detail: /triggers of comments are disabled/,
      fix: /ALTER TABLE comments ENABLE TRIGGER ALL/,
    },
    break: ['ALTER TABLE comments DISABLE TRIGGER ALL'],
    mend: ['ALTER TABLE comments ENABLE TRIGGER ALL'],
  },
  {
    ...{ check: 'schema-drift', what: 'a column of another type', status: 'fail' },
    ...{ detail: /users\.display_name/, fix: /schema/ },
    break: ['ALTER TABLE users ALTER display_name TYPE varchar(300)'],
    mend: ['ALTER TABLE users ALTER display_name TYPE text'],
  },
  {
    ...{ check: 'schema-drift', what: 'a function that was replaced', status: 'fail' },
    ...{ detail: /function iso_timestamp/, fix: /schema/ },
    break: ['ALTER FUNCTION iso_timestamp IMMUTABLE'],
    mend: ['ALTER FUNCTION iso_timestamp STABLE'],
  },
  {
    ...{ check: 'schema-drift', what: 'a trigger that is gone', status: 'fail' },
    ...{ detail: /trigger activity_before_delete on likes/, fix: /schema/ },
    break: ['ALTER TRIGGER activity_before_delete ON likes RENAME TO other'],
    mend: ['ALTER TRIGGER other ON likes RENAME TO activity_before_delete'],
  },
  {
    ...{ check: 'missing-indexes', what: 'an index that is missing', status: 'warn' },
    ...{ detail: /idx_posts_newest: reads are slow/, fix: /socialdb index add idx_posts_newest/ },
    break: ['ALTER INDEX idx_posts_newest RENAME TO other'],
    mend: ['ALTER INDEX other RENAME TO idx_posts_newest'],
  },
  {
    ...{ check: 'missing-indexes', what: 'a unique index that is missing', status: 'fail' },
    ...{ detail: /users_email_key: values may come twice/, fix: /index add users_email_key/ },
    break: ['ALTER INDEX users_email_key RENAME TO other'],
    mend: ['ALTER INDEX other RENAME TO users_email_key'],
  },
  {
    ...{ check: 'invalid-indexes', what: 'an index whose build did not end', status: 'warn' },
    ...{ detail: /users_twice/, fix: /socialdb index drop users_twice/ },
    // Two users have no display name, which may not be there twice.
    break: [
      'CREATE UNIQUE INDEX CONCURRENTLY users_twice ON users (coalesce(display_name, $$$$)) -- fails',
    ],
    mend: ['DROP INDEX users_twice'],
  },
  {
    ...{
      check: 'needless-indexes',
      what: 'an index that another one makes needless',
      status: 'warn',
    },
    ...{
      detail: /again \(8\.0 kB\): the same as idx_comments_user/,
      fix: /socialdb index drop again/,
    },
    break: ['CREATE INDEX again ON comments (user_id)'],
    mend: ['DROP INDEX again'],
  },
  {
    ...{ check: 'needless-indexes', what: 'an index that nobody uses', status: 'warn' },
    ...{ detail: /unused \(\d.* MB\): never used/, fix: /socialdb index drop unused/ },
    break: [
      'CREATE TABLE wide AS SELECT generate_series(1, 60000) AS n',
      'CREATE INDEX unused ON wide (n)',
    ],
    mend: ['DROP TABLE wide'],
  },
  {
    ...{ check: 'scratch-schemas', what: 'what a killed program left', status: 'warn' },
    ...{
      detail: /socialdb_scratch_00ff \(8\.0 kB\): left by a program/,
      fix: /DROP SCHEMA socialdb_scratch_00ff CASCADE/,
    },
    break: [
      'CREATE SCHEMA socialdb_scratch_00ff',
      'CREATE TABLE socialdb_scratch_00ff.posts AS SELECT 1 AS n',
    ],
    mend: ['DROP SCHEMA socialdb_scratch_00ff CASCADE'],
  },
  {
    ...{ check: 'outbox', what: 'events that wait for minutes', status: 'warn' },
    ...{ detail: /2 events waiting, the oldest for 5 min/, fix: /^socialdb activity relay$/ },
    break: [
      "INSERT INTO outbox (id, event, created_at) VALUES (gen_random_uuid(), '{}', now() - interval '5 min'), (gen_random_uuid(), '{}', now())",
    ],
    mend: ['TRUNCATE outbox'],
  },
  {
    ...{ check: 'outbox', what: 'events that wait for hours', status: 'fail' },
    ...{ detail: /1 event waiting, 1 refused before, the oldest for 3 h/, fix: /activity relay/ },
    break: [
      "INSERT INTO outbox (id, event, created_at, attempts) VALUES (gen_random_uuid(), '{}', now() - interval '3 h', 2)",
    ],
    mend: ['TRUNCATE outbox'],
  },
  {
    ...{ check: 'poison-events', what: 'an event that the store refuses', status: 'fail' },
    ...{ detail: /1 event set aside, the store said: too big/, fix: /relay --retry/ },
    break: [
      "INSERT INTO outbox (id, event, attempts, retry_at, error) VALUES (gen_random_uuid(), '{}', 5, 'infinity', 'too big')",
    ],
    mend: ['TRUNCATE outbox'],
  },
  {
    ...{ check: 'backfill', what: 'a bulk load that was not carried over', status: 'warn' },
    ...{ detail: /still to carry over: posts/, fix: /^socialdb activity relay$/ },
    break: ["INSERT INTO activity_backfill (source) VALUES ('posts')"],
    mend: ['TRUNCATE activity_backfill'],
  },
];

describe('the doctor finds', () => {
  const database = useDatabase();
  before(async () => {
    await addPeople(database.sql, 'alice', 'bob');
    await run('ALTER DATABASE :this SET random_page_cost = 1.1');
    await database.sql`VACUUM ANALYZE`;
  });

  const run = async (statement: string) => {
    const [row] = await database.sql<{ name: string }[]>`SELECT current_database() AS name`;
    const text = statement.replace(':this', row?.name ?? '');
    // Such a build fails, and leaves its index behind.
    if (text.includes('CONCURRENTLY')) return database.sql.unsafe(text).catch(() => {});
    return database.sql.unsafe(`SET default_transaction_read_only = off; ${text}`);
  };

  for (const illness of ILLNESSES) {
    it(illness.what, () => assertFound({ databaseUrl: database.url }, illness, run));
  }
});
