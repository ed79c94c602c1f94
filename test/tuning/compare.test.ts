import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import type { Explanation } from '../../src/tuning/explanation.js';
import { findAnyOf } from '../../src/tuning/indexes.js';
import { FEED_INDEXES } from '../../src/tuning/known-indexes.js';
import { nodesOf } from '../../src/tuning/nodes.js';
import { measurePair } from '../../src/tuning/pair.js';
import { indexesOf } from '../../src/tuning/plan.js';
import { explainFeed, explainSearch, explainSql } from '../../src/tuning/subjects.js';
import { rolledBackHiding } from '../../src/tuning/techniques/rolled-back-hiding.js';
import type { Stage, StageRequest, Target } from '../../src/tuning/techniques/technique.js';
import { catalogOf } from '../support/catalog.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';

const COMPOSITE = 'idx_posts_composite_user_date';
const PATIENT = { limitMs: 60_000 };
const ANY = { name: 'any', text: 'SELECT 1' };

const requestFor = (targets: readonly Target[]): StageRequest => ({
  targets,
  allowLock: false,
  session: { timeoutMs: 60_000 },
});

describe('a comparison with and without indexes', () => {
  const database = useDatabase();
  before(() => addNetwork(database.sql, { users: 400, follows: 8_000, posts: 30_000, seed: 0.7 }));

  it('shows a sequential scan before and an index scan after, for three kinds of readers', async () => {
    const compared = await explainFeed(database.sql, { ...PATIENT, compareIndex: true });
    assert.equal(compared.technique, 'hidden in a rolled-back transaction');
    assert.equal(compared.strategy, 'auto');
    const waysOf = (side: string) =>
      new Set(compared.legs.filter(({ name }) => name === side).map(({ statement }) => statement));
    assert.ok([...waysOf('without')].every((way) => ['classic', 'newest'].includes(way)));
    assert.ok([...waysOf('with')].every((way) => ['heads', 'probe'].includes(way)));
    assert.deepEqual(compared.indexes, FEED_INDEXES);
    assert.equal(compared.sameRows, true);
    assert.deepEqual(
      [...new Set(compared.legs.map(({ profile }) => profile))],
      ['median', '95th percentile', 'largest'],
    );
    for (const { name, plan, runsMs, buffers } of compared.legs) {
      const used = indexesOf(plan).filter((index) => FEED_INDEXES.includes(index));
      assert.equal(used.length > 0, name === 'with');
      const reads = [...nodesOf(plan.root)].filter(({ source }) => source === 'posts');
      const scanned = reads.some(({ title }) => title.endsWith('Seq Scan'));
      assert.equal(scanned, name === 'without');
      assert.equal(runsMs.length, 5);
      assert.ok(buffers.hit + buffers.read > 0);
    }
    const gains = compared.gains.map(({ speedup }) => speedup ?? 0);
    assert.equal(compared.speedup, Math.min(...gains));
  });

  it('hides the one index that is named, and the planner takes the next best', async () => {
    const options = { ...PATIENT, user: 'user0', compareIndex: COMPOSITE, strategy: 'heads' };
    const compared = await explainFeed(database.sql, options);
    const [without, having] = compared.legs.map(({ plan }) => indexesOf(plan));
    assert.ok(having?.includes(COMPOSITE));
    assert.ok(without?.includes('idx_posts_newest'));
    assert.ok(!without?.includes(COMPOSITE));
  });

  it('leaves the catalog as it was', async () => {
    const before = await catalogOf(database.sql);
    await explainSearch(database.sql, ['coding'], { ...PATIENT, compareIndex: true });
    assert.deepEqual(await catalogOf(database.sql), before);
  });

  it('fails when the rows differ', async () => {
    const text = `SELECT id FROM posts WHERE user_id = md5('user1')::uuid LIMIT 3`;
    const options = { ...PATIENT, compareIndex: COMPOSITE };
    await assert.rejects(explainSql(database.sql, 'x.sql', text, options), { code: 'rows-differ' });
  });

  it('lets the order of rows differ where the statement leaves it open', async () => {
    const text = `SELECT id FROM posts WHERE user_id = md5('user1')::uuid`;
    const options = { ...PATIENT, compareIndex: COMPOSITE };
    assert.equal((await explainSql(database.sql, 'x.sql', text, options)).sameRows, true);
  });

  it('fails when the plan uses an index that should be hidden', async () => {
    const { sql } = database;
    const targets = await findAnyOf(sql, [COMPOSITE]);
    const statement = {
      name: 'x.sql',
      text: `SELECT count(*) FROM posts WHERE user_id = md5('user1')::uuid`,
    };
    const options = { runs: 1, ...PATIENT };
    const measured = rolledBackHiding.stage(sql, requestFor(targets), (stage) => {
      const hidesNothing: Stage = {
        ...stage,
        play: (_side, played, work) => stage.play('with', played, work),
      };
      return measurePair(hidesNothing, { statement, ordered: false }, targets, options);
    });
    await assert.rejects(measured, { code: 'index-not-hidden' });
  });

  it('reports a leg that reaches the time limit', async () => {
    const { sql } = database;
    // The index holds what the function gives; a scan of the table has to call it, and that takes.
    const nap = (body: string) => `
      CREATE OR REPLACE FUNCTION nap(text) RETURNS text LANGUAGE sql IMMUTABLE COST 1000000
      AS $$ ${body} $$`;
    await sql.unsafe(nap('SELECT $1'));
    await sql`CREATE TABLE sleepers AS SELECT n::text AS name FROM generate_series(1, 100) n`;
    await sql`CREATE INDEX idx_sleepers ON sleepers (nap(name))`;
    await sql.unsafe(nap(`SELECT CASE WHEN pg_sleep(1) IS NOT NULL THEN $1 END`));
    const compared = await explainSql(
      sql,
      'x.sql',
      `SELECT name FROM sleepers WHERE nap(name) IN (SELECT '7')`,
      { limitMs: 500, compareIndex: 'idx_sleepers' },
    );
    const [without, having] = compared.legs;
    assert.equal(without?.medianMs, null);
    assert.equal(without.stoppedAfterMs, 500);
    assert.equal(without.plan.executionMs, undefined);
    assert.ok((having?.medianMs ?? 0) > 0);
    assert.equal(compared.sameRows, null);
    assert.equal(compared.gains[0]?.atLeast, true);
  });

  it('says what is missing', async () => {
    const { sql } = database;
    const compare = (compareIndex: string): Promise<Explanation> =>
      explainFeed(sql, { ...PATIENT, compareIndex });
    await assert.rejects(compare('idx_posts_newst'), {
      code: 'index-not-found',
      hint: 'did you mean idx_posts_newest?',
    });
    await assert.rejects(compare('posts(nothing)'), {
      code: 'bad-index',
      message: /column "nothing" does not exist/,
    });
    await assert.rejects(compare('poets(user_id)'), { code: 'no-such-table' });
    await assert.rejects(compare('posts(user_id); DROP TABLE posts'), {
      code: 'bad-index',
      message: /multiple commands/,
    });
    await sql`SELECT FROM posts LIMIT 1`;
  });

  it('says what it would need where rights are missing', async () => {
    const role = `socialdb_plain_${process.pid}`;
    await database.sql.unsafe(
      `CREATE ROLE ${role} LOGIN PASSWORD '${role}'; GRANT pg_read_all_data TO ${role}`,
    );
    const url = new URL(database.url);
    url.username = role;
    url.password = role;
    const sql = openPostgres(url.href, { timeoutMs: 10_000 });
    try {
      await assert.rejects(
        rolledBackHiding.obstacle(sql, requestFor([])).then((reason) => Promise.reject(reason)),
        /superuser/,
      );
      const compared = explainFeed(sql, {
        ...PATIENT,
        compareIndex: true,
        technique: 'catalog',
      });
      await assert.rejects(compared, { code: 'no-technique', exitCode: 1 });
    } finally {
      await sql.end({ timeout: 1 });
      await database.sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

describe('an index hidden in a rolled-back transaction', () => {
  const database = useDatabase();

  it('is there for everybody else, who read and write meanwhile', async () => {
    const { sql } = database;
    const targets = await findAnyOf(sql, FEED_INDEXES);
    await rolledBackHiding.stage(sql, requestFor(targets), (stage) =>
      stage.play('without', ANY, async (transaction) => {
        assert.deepEqual(await validOnes(transaction), []);
        assert.deepEqual(await validOnes(sql), [...FEED_INDEXES]);
        await sql`INSERT INTO users (username) VALUES ('alice')`;
        await sql`INSERT INTO posts (user_id, content) SELECT id, 'hello' FROM users`;
      }),
    );
    assert.deepEqual(await validOnes(sql), [...FEED_INDEXES]);
  });

  it('leaves no way to write on either side', async () => {
    const { sql } = database;
    const targets = await findAnyOf(sql, FEED_INDEXES);
    for (const side of ['with', 'without'] as const) {
      const written = rolledBackHiding.stage(sql, requestFor(targets), (stage) =>
        stage.play(side, ANY, (transaction) => transaction`DELETE FROM posts`),
      );
      await assert.rejects(written, { code: '25006' });
    }
  });

  async function validOnes(sql: Pick<Sql, 'unsafe'>): Promise<string[]> {
    const rows = await sql.unsafe<{ name: string }[]>(
      `SELECT indexrelid::regclass::text AS name FROM pg_index
        WHERE indisvalid AND indexrelid::regclass::text IN ('${FEED_INDEXES.join("','")}')
        ORDER BY name`,
    );
    return rows.map(({ name }) => name);
  }
});
