import { nodeTypes } from '../../tuning/plan.js';
import { rowsRead } from '../../tuning/rows-read.js';
import type { Exercise } from '../exercise.js';

const NEWEST = `SELECT id, created_at FROM posts
 WHERE user_id = 42
 ORDER BY created_at DESC LIMIT 20`;
const INDEX = 'CREATE INDEX posts_user_date ON posts (user_id, created_at DESC)';
const ROWS = 100_000;

export const indexScan: Exercise = {
  name: 'index-scan',
  title: 'A sequential scan becomes an index scan',
  aim: 'say what a query reads without and with an index, and when the planner leaves an index aside',
  minutes: 10,
  tables: `
    CREATE TABLE posts (id int PRIMARY KEY, user_id int NOT NULL, created_at timestamptz NOT NULL);
    INSERT INTO posts
    SELECT n, 1 + n * 7919::bigint % 1000, timestamptz '2026-01-01Z' + n * interval '1 min'
      FROM generate_series(1, ${ROWS}) n;
    ANALYZE posts`,
  steps: [
    {
      tell: 'posts holds 100,000 posts by 1,000 users, 100 by each; its only index is the primary key. We ask for the 20 newest posts of user 42.',
      ask: {
        text: 'How many rows of posts does the server read for that?',
        choices: ['20', '100', '100,000'],
      },
      async run(bench) {
        const a = await bench.session('A');
        const read = rowsRead(await a.explain(NEWEST)) ?? 0;
        return {
          right: read > 1_000 ? 2 : read > 20 ? 1 : 0,
          conclusion:
            'A sequential scan reads the whole table, throws away what the filter does not want, and sorts the rest. It costs as much as the table is large: twice the posts, twice the time.',
        };
      },
    },
    {
      tell: 'An index is a sorted copy of what you ask for: here by user, and within a user by date, newest first.',
      ask: { text: 'How many rows does the same query read with this index?' },
      async run(bench) {
        const a = await bench.session('A');
        await a.run(INDEX);
        await a.quietly.run('ANALYZE posts');
        const read = rowsRead(await a.explain(NEWEST)) ?? 0;
        await a.run(
          `SELECT pg_size_pretty(pg_table_size('posts')) AS posts,
       pg_size_pretty(pg_relation_size('posts_user_date')) AS index`,
        );
        return {
          right: Math.round(read),
          conclusion:
            'One descent to the newest post of user 42, then the next 19 lie beside it, already sorted: no Sort node is left. The price is the index’s size, and a little more work in each INSERT.',
        };
      },
    },
    {
      tell: 'The index is there to stay. Now we count the posts of all users but the first ten.',
      ask: {
        text: 'How does the planner read the table for WHERE user_id > 10?',
        choices: ['by the index', 'by a sequential scan'],
      },
      async run(bench) {
        const a = await bench.session('A');
        const plan = await a.explain('SELECT count(created_at) FROM posts\n WHERE user_id > 10');
        const byIndex = nodeTypes(plan).some((title) => /Index/.test(title));
        return {
          right: byIndex ? 0 : 1,
          conclusion: byIndex
            ? 'Here the index holds all that the query asks for, so reading it is cheaper than reading the table.'
            : 'Nearly every row is wanted, so nearly every page of the table has to be read anyway; going there through the index would only be a detour. The planner compares both and takes the cheaper one.',
        };
      },
    },
  ],
  check: {
    kind: 'plan',
    task: 'Write the CREATE INDEX with which this reads no more than 20 rows: SELECT id, created_at FROM posts WHERE user_id = 42 ORDER BY created_at DESC LIMIT 20. (Without CONCURRENTLY: the check is a transaction, and is rolled back.)',
    query: NEWEST,
    ordered: true,
    mostRows: 20,
  },
};
