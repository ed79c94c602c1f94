import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { STRATEGIES } from '../../src/feed/statement.js';
import { explainFeed } from '../../src/tuning/subjects.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';

const PATIENT = { limitMs: 60_000 };

describe('strategies side by side', () => {
  const database = useDatabase();
  before(() => addNetwork(database.sql, { users: 300, follows: 5_000, posts: 10_000, seed: 0.1 }));

  it('measures all of them for three kinds of readers, and all give the same rows', async () => {
    const compared = await explainFeed(database.sql, { ...PATIENT, compareStrategies: true });
    assert.equal(compared.sameRows, true);
    assert.equal(compared.legs.length, 3 * STRATEGIES.length);
    for (const { runsMs, rowsRead, buffers } of compared.legs) {
      assert.equal(runsMs.length, 5);
      // A page, and an author for each post of it.
      assert.ok((rowsRead ?? 0) >= 40);
      assert.ok(buffers.hit + buffers.read > 0);
    }
    for (const { user, fastest } of compared.contests) {
      const own = compared.legs.filter((leg) => leg.user === user);
      const best = Math.min(...own.map(({ medianMs }) => medianMs ?? Number.NaN));
      assert.equal(own.find(({ name }) => name === fastest)?.medianMs, best);
    }
  });

  it('fails when one of them gives other rows', async () => {
    // The statements read whatever `posts` is: here a view that is never twice the same.
    await database.sql.unsafe(`
      ALTER TABLE posts RENAME TO real_posts;
      CREATE VIEW posts AS
        SELECT id, user_id, content || random() AS content, metadata, created_at
          FROM real_posts`);
    try {
      const compared = explainFeed(database.sql, {
        ...PATIENT,
        user: 'user0',
        compareStrategies: true,
      });
      await assert.rejects(compared, {
        code: 'rows-differ',
        message: /probe and heads give other/,
      });
    } finally {
      await database.sql.unsafe('DROP VIEW posts; ALTER TABLE real_posts RENAME TO posts');
    }
  });

  it('stops a strategy at the time limit and goes on with the others', async () => {
    await database.sql.unsafe(`
      ALTER TABLE posts RENAME TO real_posts;
      CREATE FUNCTION napping(limited boolean) RETURNS boolean LANGUAGE sql STABLE COST 1000000
      AS $$ SELECT limited OR pg_sleep(60) IS NOT NULL $$;
      CREATE VIEW posts AS
        SELECT * FROM real_posts
         WHERE napping(current_query() NOT LIKE '%followed f%')`);
    try {
      const { legs, contests, sameRows } = await explainFeed(database.sql, {
        limitMs: 2_000,
        user: 'user0',
        compareStrategies: true,
      });
      const stopped = legs.filter(({ stoppedAfterMs }) => stoppedAfterMs !== null);
      assert.deepEqual(
        stopped.map(({ name }) => name),
        ['classic'],
      );
      assert.notEqual(contests[0]?.fastest, 'classic');
      assert.equal(sameRows, null);
    } finally {
      await database.sql.unsafe(
        'DROP VIEW posts; DROP FUNCTION napping; ALTER TABLE real_posts RENAME TO posts',
      );
    }
  });
});
