import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXERCISES } from '../../src/lab/catalog.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';
import { tracesIn } from './traces.js';

const EDGE = 'INSERT INTO follows VALUES (1, 2);';
const COUNTERS =
  'UPDATE users SET following = following + 1 WHERE id = 1; UPDATE users SET followers = followers + 1 WHERE id = 2;';
const READ = 'SELECT likes FROM posts WHERE id = 1';
const ADD_READ = 'UPDATE posts SET likes = :likes + 1 WHERE id = 1; COMMIT';
const NEXT = 'ORDER BY created_at DESC, id DESC LIMIT 3';

/** Right answers; wrong ones with what has to be said about them. */
const ANSWERS: Record<string, { right: string[]; wrong: [sql: string, saw: RegExp][] }> = {
  follow: {
    right: [
      `-- one transaction; with a semicolon here\nBEGIN; ${EDGE} ${COUNTERS} COMMIT;`,
      `START TRANSACTION;${EDGE}${COUNTERS}END`,
      'WITH edge AS (INSERT INTO follows VALUES (1, 2)) UPDATE users SET following = following + (id = 1)::int, followers = followers + (id = 2)::int',
    ],
    wrong: [
      [`${EDGE} ${COUNTERS}`, /cut off after INSERT.*: edges 1, alice follows 0/],
      [`BEGIN; ${EDGE} ${COUNTERS}`, /run to the end: edges 0/],
      [`BEGIN; ${EDGE} COMMIT; BEGIN; ${COUNTERS} COMMIT`, /cut off after COMMIT/],
      [`BEGIN; ${EDGE} ${COUNTERS} ROLLBACK`, /run to the end: edges 0/],
      ["SELECT 'BEGIN; COMMIT'", /run to the end: edges 0/],
      ['INSERT INTO follows VALUES (1, 3)', /violates foreign key/],
      ['UPDATE usrs SET following = 1', /relation "usrs" does not exist/],
      ['SELECT FROM WHERE', /line 1, column \d+: syntax error/],
    ],
  },
  'lost-update': {
    right: [
      'UPDATE posts SET likes = likes + 1 WHERE id = 1',
      `BEGIN; ${READ} FOR UPDATE; ${ADD_READ}`,
    ],
    wrong: [
      [`BEGIN; ${READ}; ${ADD_READ}`, /post 1 has 11 likes/],
      [`UPDATE posts SET likes = (${READ}) + 1 WHERE id = 1`, /post 1 has 11 likes/],
      [`BEGIN ISOLATION LEVEL REPEATABLE READ; ${READ}; ${ADD_READ}`, /is refused: .*\(40001\)/s],
      ['BEGIN; UPDATE posts SET likes = likes + 1 WHERE id = 1', /post 1 has 10 likes/],
      ['UPDATE posts SET likes = likes + 1', /post 2 has 12/],
    ],
  },
  'index-scan': {
    right: [
      'CREATE INDEX ON posts (user_id, created_at DESC)',
      'CREATE INDEX mine ON posts (user_id, created_at); ANALYZE posts',
    ],
    wrong: [
      ['CREATE INDEX ON posts (created_at)', /Index Scan Backward reads [\d,]+ rows/],
      ['CREATE INDEX ON posts (user_id)', /reads 100 rows/],
      ['ANALYZE posts', /Seq Scan reads 100,000 rows.*before: Seq Scan/],
      ['CREATE INDEX CONCURRENTLY ON posts (user_id)', /inside a transaction/],
      ['CREATE INDEX ON posts user_id', /syntax error/],
    ],
  },
  cursor: {
    right: [
      `SELECT id FROM posts WHERE (created_at, id) < (:'created_at', :id) ${NEXT}`,
      `SELECT id FROM posts WHERE created_at < :created_at OR created_at = :created_at AND id < :id ${NEXT}`,
    ],
    wrong: [
      [`SELECT id FROM posts ${NEXT} OFFSET 3`, /it gives 8, 7, 6; it should be 7, 6, 5/],
      [`SELECT id FROM posts WHERE created_at < :created_at ${NEXT}`, /it should be 8, 7, 6/],
      [`SELECT id FROM posts WHERE created_at <= :created_at ${NEXT}`, /post 9: it gives 9/],
      ['SELECT content FROM posts', /column "content" does not exist/],
      ['SELECT 1; SELECT 2', /one SELECT is wanted/],
    ],
  },
  jsonb: {
    right: [
      "CREATE INDEX ON posts USING gin ((metadata -> 'tags'))",
      `CREATE INDEX ON posts USING gin (metadata); SELECT id FROM posts WHERE metadata @> '{"tags": ["sailing"]}'`,
    ],
    wrong: [
      ['CREATE INDEX ON posts USING gin (metadata)', /✗ the plan: Seq Scan/],
      ['SELECT id FROM posts LIMIT 30', /✗ the rows: not the same/],
      ['CREATE INDEX ON posts (metadata)', /✗ the plan: Seq Scan/],
    ],
  },
  outbox: {
    right: [
      "BEGIN; INSERT INTO posts VALUES (1, 'hello'); INSERT INTO outbox VALUES ('e1', 'posted 1'); COMMIT",
    ],
    wrong: [
      [
        "INSERT INTO posts VALUES (1, 'hello'); INSERT INTO outbox VALUES ('e1', 'posted 1')",
        /posts 1, events in the\s+outbox 0/,
      ],
      ["INSERT INTO posts VALUES (1, 'hello')", /events in the\s+outbox 0/],
    ],
  },
  plan: {
    right: ['CREATE INDEX ON users (lower(name))', 'CREATE INDEX ON users (lower(name), id)'],
    wrong: [
      ['CREATE INDEX ON users (name)', /Seq Scan reads 20,000 rows/],
      ["SELECT id FROM users WHERE name = 'user4242'", /✗ the rows: not the same/],
    ],
  },
};

describe('lab --check', () => {
  const database = useDatabase();
  const redis = useRedis();
  const check = (name: string, sql: string, ...options: string[]) =>
    socialdb(['lab', name, '--check', '-', ...options], {
      stdin: sql,
      env: { DATABASE_URL: database.url },
    });
  const traces = () => tracesIn(database.sql, redis.client, async () => []);

  it('knows right and wrong answers of every exercise that takes SQL', () => {
    assert.deepEqual(
      EXERCISES.filter((exercise) => exercise.check).map(({ name }) => name),
      Object.keys(ANSWERS),
    );
  });

  for (const [name, { right, wrong }] of Object.entries(ANSWERS)) {
    it(`${name}: tells a right answer from a wrong one, and leaves nothing`, async () => {
      await addNetworkOnce();
      const before = await traces();
      for (const sql of right) {
        const { stdout, stderr, exitCode } = await check(name, sql);
        assert.equal(exitCode, 0, `${sql}\n${stdout}${stderr}`);
        assert.match(stdout, new RegExp(`Right: this solves ${name}\\.`));
        assert.doesNotMatch(stdout, /✗/);
        for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
      }
      for (const [sql, saw] of wrong) {
        const { stdout, stderr, exitCode } = await check(name, sql);
        assert.equal(exitCode, 1, `${sql}\n${stdout}${stderr}`);
        assert.match(stdout, saw, sql);
        assert.match(stdout, /✗[\s\S]*Not yet/);
        assert.match(stderr, /does not solve/);
      }
      assert.deepEqual(await traces(), before);
    });
  }

  it('does not run what would leave the scratch schema', async () => {
    await addNetworkOnce();
    const before = await traces();
    for (const [name, sql] of [
      ['follow', "INSERT INTO public.users (username) VALUES ('mallory')"],
      ['follow', 'DELETE FROM "public" . followers'],
      ['follow', 'DROP TABLE users'],
      ['follow', "SELECT set_config('search_path', 'public', false)"],
      ['follow', 'SET search_path = public'],
      ['follow', 'DO $$ BEGIN COMMIT; END $$'],
      ['follow', "COPY users TO PROGRAM 'true'"],
      ['follow', 'SELECT pg_terminate_backend(pg_backend_pid())'],
      ['follow', 'SELECT 1; /* \u0000 */'],
      ['lost-update', 'DELETE FROM posts'],
      ['index-scan', 'CREATE TABLE mine ()'],
      ['cursor', 'WITH gone AS (DELETE FROM public.posts RETURNING id) SELECT id FROM gone'],
    ] as const) {
      const { stdout, stderr, exitCode } = await check(name, sql);
      assert.equal(exitCode, 1, sql);
      assert.match(stderr, /allowed here: /, sql);
      assert.equal(stdout, '');
    }
    assert.deepEqual(await traces(), before);
  });

  it('says what is wrong with the file', async () => {
    for (const [args, exitCode, said] of [
      [['follow', '--check', '/nonexistent.sql'], 1, /cannot be read/],
      [['follow', '--check', '-'], 1, /no statement/],
      [['cache', '--check', '-'], 1, /asks for no SQL/],
    ] as const) {
      const ran = await socialdb(['lab', ...args], { env: { DATABASE_URL: database.url } });
      assert.equal(ran.exitCode, exitCode);
      assert.match(ran.stderr, said);
    }
  });

  it('speaks JSON', async () => {
    const wrong = await check('follow', EDGE, '--json');
    assert.equal(wrong.exitCode, 1);
    const judged = JSON.parse(wrong.stdout);
    assert.equal(judged.passed, false);
    assert.deepEqual(judged.trials[0].good, false);
    assert.equal(JSON.parse(wrong.stderr).error.code, 'wrong-answer');
    const right = await check('plan', ANSWERS.plan?.right[0] ?? '', '--json');
    assert.equal(JSON.parse(right.stdout).passed, true);
  });

  let added: Promise<void> | undefined;
  function addNetworkOnce(): Promise<void> {
    added ??= addNetwork(database.sql, { users: 20, follows: 50, posts: 100, seed: 0.3 });
    return added;
  }
});
