import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openPostgres, type Sql } from '../../../src/stores/postgres.js';
import type { Hint } from '../../../src/tuning/hints/hint.js';
import { explainFeed, explainSearch, explainSql } from '../../../src/tuning/subjects.js';
import { useDatabase } from '../../support/database.js';
import { addNetwork } from '../../support/network.js';

const PATIENT = { limitMs: 60_000 };

describe('hints about the plan of a statement', () => {
  const database = useDatabase();
  before(() => addEvents(database.sql));

  async function hints(statement: string, settings: Record<string, string> = {}): Promise<Hint[]> {
    const { sql } = database;
    const all = { max_parallel_workers_per_gather: '0', jit: 'off', ...settings };
    const name = new URL(database.url).pathname.slice(1);
    for (const [setting, value] of Object.entries(all)) {
      await sql.unsafe(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
    }
    try {
      const explained = await freshly(database.url, (session) =>
        explainSql(session, 'x.sql', statement, PATIENT),
      );
      return [...explained.hints];
    } finally {
      await sql.unsafe(`ALTER DATABASE ${name} RESET ALL`);
    }
  }
  const rules = async (...args: Parameters<typeof hints>) =>
    (await hints(...args)).map(({ rule }) => rule);

  it('a sequential scan for a few rows: an index on what it filters by', async () => {
    const [hint, ...others] = await hints('SELECT * FROM events WHERE account = 77');
    assert.deepEqual(others, []);
    assert.equal(hint?.rule, 'seq-scan');
    assert.equal(hint.severity, 'high');
    assert.equal(hint.node, 'Seq Scan on events');
    assert.match(hint.evidence, /^reads 60,000 rows, of which the filter keeps 60 rows$/);
    assert.equal(hint.command, "socialdb index add --on events --columns 'account'");
  });

  it('puts equality before a range, and a document into GIN', async () => {
    const [both] = await hints(
      `SELECT * FROM events WHERE at > '2026-01-01'::timestamptz AND account = 77 AND note <> 'a AND (b'`,
    );
    assert.match(both?.command ?? '', /--columns 'account, at'$/);
    const [pattern] = await hints(`SELECT * FROM events WHERE note LIKE 'abcd%'`);
    assert.match(pattern?.command ?? '', /ON events \(note text_pattern_ops\)/);
    assert.deepEqual(await rules(`SELECT * FROM events WHERE note LIKE '%abcd%'`), []);
    const [document] = await hints(`SELECT * FROM events WHERE body @> '{"n": 5}'`);
    assert.match(document?.command ?? '', /CREATE INDEX CONCURRENTLY ON events USING gin \(body\)/);
  });

  it('a sequential scan that a join throws away', async () => {
    const [hint] = await hints(
      `SELECT count(*) FROM events e JOIN (VALUES (1), (2)) AS wanted (account) USING (account)`,
    );
    assert.equal(hint?.rule, 'seq-scan');
    assert.match(hint.evidence, /of which the join keeps 120 rows/);
    assert.match(hint.command ?? '', /--on events --columns 'account'/);
  });

  it('names the known index that is missing', async () => {
    await addNetwork(database.sql, { users: 200, follows: 500, posts: 20_000, seed: 0.4 });
    const { sql } = database;
    await sql`DROP INDEX idx_posts_composite_user_date`;
    const [hint] = await hints(`SELECT * FROM posts WHERE user_id = md5('user7')::uuid`);
    assert.equal(hint?.command, 'socialdb index add idx_posts_composite_user_date');
  });

  it('is silent where most rows are wanted, where few are read, and where the index serves', async () => {
    assert.deepEqual(await rules('SELECT count(*) FROM events WHERE account > 10'), []);
    assert.deepEqual(await rules('SELECT count(*) FROM users WHERE following_count = 3'), []);
    assert.deepEqual(await rules('SELECT * FROM events WHERE id = 5'), []);
  });

  it('an index passed over, and why', async () => {
    const cast = await hints(`SELECT * FROM events WHERE id::text = '5'`);
    assert.deepEqual([cast[0]?.rule, cast.length], ['index-unused', 1]);
    assert.match(cast[0]?.evidence ?? '', /events_pkey: the condition is on \(id\)::text/);
    const off = { enable_indexscan: 'off', enable_bitmapscan: 'off', enable_indexonlyscan: 'off' };
    const [forbidden] = await hints('SELECT * FROM events WHERE id = 5', off);
    assert.match(forbidden?.evidence ?? '', /enable_indexscan and enable_bitmapscan are off/);
    assert.match(forbidden?.command ?? '', /RESET enable_indexscan; ALTER ROLE/);
    const [partial] = await hints('SELECT * FROM events WHERE small = 7 AND id > 0');
    assert.match(partial?.evidence ?? '', /idx_small: it holds only the rows with \(small > 500\)/);
    const [pattern] = await hints(`SELECT * FROM events WHERE word LIKE 'w77%'`);
    assert.match(pattern?.change ?? '', /text_pattern_ops/);
    await database.sql`
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'events_pkey'::regclass`;
    const [invalid] = await hints('SELECT * FROM events WHERE id = 5');
    await database.sql`
      UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'events_pkey'::regclass`;
    assert.match(invalid?.evidence ?? '', /it is invalid/);
    assert.equal(invalid?.command, 'socialdb index add events_pkey');
  });

  it('an index whose rows a filter throws away', async () => {
    const wasteful = `SELECT * FROM events WHERE kind = 3 AND account = 77`;
    const [hint] = await hints(wasteful, { enable_seqscan: 'off' });
    assert.equal(hint?.rule, 'index-filter');
    assert.match(hint.evidence, /the index finds 6,000 rows, of which the filter on account keeps/);
    assert.match(hint.command ?? '', /--columns 'kind, account'$/);
    const most = `SELECT * FROM events WHERE kind = 3 AND account > 10`;
    assert.deepEqual(await rules(most, { enable_seqscan: 'off' }), []);
  });

  it('a sort for a page that an index could give in order', async () => {
    const [hint] = await hints('SELECT * FROM events ORDER BY at DESC LIMIT 10');
    assert.equal(hint?.rule, 'sort');
    assert.match(hint.evidence, /sorts 60,000 rows of events for the first 10 rows/);
    assert.match(hint.command ?? '', /--columns 'at DESC'$/);
    assert.deepEqual(await rules('SELECT * FROM events ORDER BY id DESC LIMIT 10'), []);
    assert.deepEqual(await rules('SELECT * FROM events WHERE id < 50 ORDER BY at LIMIT 10'), []);
  });

  it('sorts, hashes and aggregates that go to disk', async () => {
    const small = { work_mem: '1MB', hash_mem_multiplier: '1', enable_sort: 'on' };
    const sorted = 'SELECT * FROM events ORDER BY note';
    const [sort] = await hints(sorted, small);
    assert.equal(sort?.rule, 'spill');
    assert.match(sort.evidence, /^sorted .* on disk, with work_mem = 1MB$/);
    const [, setting = ''] = /work_mem = '(\d+MB)'/.exec(sort.command ?? '') ?? [];
    assert.deepEqual(await rules(sorted, { ...small, work_mem: setting }), []);
    const hashed = 'SELECT count(*) FROM events a JOIN events b ON a.note = b.note';
    const [hash] = await hints(hashed, { ...small, enable_mergejoin: 'off' });
    assert.match(hash?.evidence ?? '', /the hash table went to disk in \d+ batches/);
    const grouped = 'SELECT note, count(*) FROM events GROUP BY note';
    const [aggregate] = await hints(grouped, { ...small, enable_sort: 'off' });
    assert.match(aggregate?.evidence ?? '', /the aggregate wrote .* to disk/);
  });

  it('a nested loop planned for a few rows that were many', async () => {
    // Columns that say the same: the planner multiplies what it should not.
    const correlated = `
      SELECT count(detail.note) FROM events e JOIN events detail ON detail.id = e.id + 1
       WHERE e.kind = 3 AND e.same = 3 AND e.third = 3`;
    const [hint] = await hints(correlated, { enable_hashjoin: 'off', enable_mergejoin: 'off' });
    assert.equal(hint?.rule, 'nested-loop');
    assert.match(hint.evidence, /planned for \d+ rows of .*, ran for 6,000 rows/);
    assert.match(hint.command ?? '', /CREATE STATISTICS ON kind, same, third FROM events; ANALYZE/);
    const expected = correlated.replace('AND e.same = 3 AND e.third = 3', '');
    const forced = { enable_hashjoin: 'off', enable_mergejoin: 'off' };
    assert.ok(!(await rules(expected, forced)).includes('nested-loop'));
  });

  it('statistics that are missing or old', async () => {
    const { sql } = database;
    await sql`CREATE TABLE fresh WITH (autovacuum_enabled = off) AS SELECT * FROM events`;
    const [never] = await hints('SELECT count(*) FROM fresh');
    assert.match(never?.evidence ?? '', /fresh has never been analyzed/);
    await sql`ANALYZE fresh`;
    assert.deepEqual(await rules('SELECT count(*) FROM fresh'), []);
    await sql.begin(async (transaction) => {
      await transaction`SELECT pg_stat_force_next_flush()`;
      await transaction`INSERT INTO fresh SELECT * FROM events LIMIT 20000`;
    });
    const [old] = await hints('SELECT count(*) FROM fresh');
    assert.equal(old?.rule, 'stale-statistics');
    assert.match(old.evidence, /[28]0,000 rows of fresh were written since .* 60,000 rows/);
  });

  it('an index-only scan that looks into the table', async () => {
    const { sql } = database;
    await sql`CREATE TABLE unseen WITH (autovacuum_enabled = off) AS SELECT id FROM events`;
    await sql`CREATE INDEX idx_unseen ON unseen (id)`;
    await sql`ANALYZE unseen`;
    const statement = 'SELECT id FROM unseen WHERE id < 20000 ORDER BY id';
    const forced = { enable_seqscan: 'off', enable_bitmapscan: 'off', enable_indexscan: 'on' };
    const [hint] = await hints(statement, forced);
    assert.equal(hint?.rule, 'heap-fetches');
    assert.match(hint.evidence, /looks up 19,999 rows in the table; VACUUM has marked 0%/);
    await sql`VACUUM unseen`;
    assert.deepEqual(await rules(statement, forced), []);
  });

  it('parallel workers that did not come', async () => {
    const parallel = {
      max_parallel_workers_per_gather: '2',
      min_parallel_table_scan_size: '0',
      parallel_setup_cost: '0',
      parallel_tuple_cost: '0',
    };
    const statement = 'SELECT count(note) FROM events';
    const [hint] = await hints(statement, { ...parallel, max_parallel_workers: '0' });
    assert.equal(hint?.rule, 'workers');
    assert.match(
      hint.evidence,
      /[12] parallel workers planned, 0 launched; max_parallel_workers = 0/,
    );
    assert.match(hint.command ?? '', /ALTER SYSTEM SET max_parallel_workers = 8/);
  });
});

describe('hints about healthy plans', () => {
  const database = useDatabase();
  before(async () => {
    const { sql } = database;
    await addNetwork(sql, { users: 1_000, follows: 40_000, posts: 60_000, seed: 0.6 });
    await sql`
      UPDATE posts SET metadata = jsonb_build_object('tags', jsonb_build_array(
        CASE WHEN hashtext(id::text) % 3 = 0 THEN 'frequent' ELSE 'rest' END,
        'tag' || abs(hashtext(content) % 2000)))`;
    await sql`VACUUM FULL posts`;
    await sql`VACUUM ANALYZE posts`;
    await sql`VACUUM ANALYZE`;
  });

  for (const strategy of ['auto', 'newest', 'heads', 'probe']) {
    it(`feed, ${strategy}: there is nothing to say`, async () => {
      const explained = await explainFeed(database.sql, { ...PATIENT, strategy });
      assert.deepEqual(explained.hints, []);
    });
  }

  for (const tag of ['frequent', 'tag7', 'absent']) {
    it(`search for a tag, ${tag}: there is nothing to say`, async () => {
      assert.deepEqual((await explainSearch(database.sql, [tag], PATIENT)).hints, []);
    });
  }

  it('a comparison speaks of the plans with the indexes only', async () => {
    const compared = await explainFeed(database.sql, { ...PATIENT, compareIndex: true });
    assert.deepEqual(compared.hints, []);
  });
});

/** Settings of a database are taken up by sessions that begin after them. */
async function freshly<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openPostgres(url, { timeoutMs: 60_000 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function addEvents(sql: Sql): Promise<void> {
  await sql`
    CREATE TABLE events AS
    SELECT n AS id, n % 1000 AS account, n % 10 AS kind, n % 10 AS same, n % 10 AS third,
           n % 1000 AS small, 'w' || n AS word, md5(n::text) || md5((n + 1)::text) AS note,
           jsonb_build_object('n', n) AS body, '2026-01-01'::timestamptz + n * interval '1 min' AS at
      FROM generate_series(1, 60000) n`;
  await sql`ALTER TABLE events ADD PRIMARY KEY (id)`;
  await sql`CREATE INDEX idx_kind ON events (kind)`;
  await sql`CREATE INDEX idx_small ON events (small) WHERE small > 500`;
  await sql`CREATE INDEX idx_word ON events (word COLLATE "en-x-icu")`;
  await sql`VACUUM ANALYZE events`;
}
