import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { dumpSchema } from '../../src/schema/dump.js';
import { openPostgres } from '../../src/stores/postgres.js';
import { asAdmin, urlOf, useDatabase } from '../support/database.js';

const FILE = readFileSync(new URL('../../sql/schema.sql', import.meta.url), 'utf8');

describe('sql/schema.sql', () => {
  const database = useDatabase();

  it('is what the migrations make (else: npm run schema:dump)', async () => {
    assert.equal(await dumpSchema(database.sql), FILE);
  });

  it('makes the same schema in an empty database', async () => {
    const name = `socialdb_loaded_${process.pid}`;
    await asAdmin(`CREATE DATABASE ${name}`);
    const sql = openPostgres(urlOf(name), { timeoutMs: 30_000 });
    try {
      await sql.unsafe(FILE);
      assert.equal(await dumpSchema(sql), FILE);
    } finally {
      await sql.end({ timeout: 1 });
      await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});

describe('dumpSchema', () => {
  const database = useDatabase();

  it('shows a changed column, index, constraint, default, function, trigger and storage parameter', async () => {
    const { sql } = database;
    for (const change of [
      'ALTER TABLE posts ADD COLUMN title text',
      'ALTER TABLE posts ALTER COLUMN content DROP NOT NULL',
      'ALTER TABLE posts DROP CONSTRAINT posts_content_length',
      `ALTER TABLE posts ALTER COLUMN metadata SET DEFAULT '{"a": 1}'`,
      'DROP INDEX idx_posts_newest',
      'ALTER TABLE post_counters RESET (fillfactor)',
      'DROP FUNCTION activity_user(uuid, text)',
      'DROP TRIGGER activity_before_delete ON likes',
    ]) {
      const before = await dumpSchema(sql);
      await sql.unsafe(change);
      assert.notEqual(await dumpSchema(sql), before, change);
    }
  });

  for (const [kind, make, drop] of [
    ['a view', 'CREATE VIEW odd AS SELECT 1 AS one', 'DROP VIEW odd'],
    ['a sequence', 'CREATE SEQUENCE odd', 'DROP SEQUENCE odd'],
    ['an enum', "CREATE TYPE odd AS ENUM ('a')", 'DROP TYPE odd'],
    ['an unlogged table', 'CREATE UNLOGGED TABLE odd (a int)', 'DROP TABLE odd'],
    ['an identity', 'CREATE TABLE odd (a int GENERATED ALWAYS AS IDENTITY)', 'DROP TABLE odd'],
    ['a collation', 'CREATE TABLE odd (a text COLLATE "C")', 'DROP TABLE odd'],
    ['a comment', "COMMENT ON TABLE posts IS 'odd'", 'COMMENT ON TABLE posts IS NULL'],
  ] as const) {
    it(`refuses what it cannot write: ${kind}`, async () => {
      await database.sql.unsafe(make);
      await assert.rejects(dumpSchema(database.sql), /odd/);
      await database.sql.unsafe(drop);
      await dumpSchema(database.sql);
    });
  }
});
