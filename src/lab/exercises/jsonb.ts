import { indexesOf } from '../../tuning/plan.js';
import { rowsRead } from '../../tuning/rows-read.js';
import type { Exercise } from '../exercise.js';

const TAGGED = `SELECT id FROM posts
 WHERE metadata @> '{"tags": ["sailing"]}'`;
const EXISTS = `SELECT id FROM posts
 WHERE metadata -> 'tags' ? 'sailing'`;
const INDEX = `CREATE INDEX posts_metadata ON posts
 USING gin (metadata jsonb_path_ops)`;

export const jsonb: Exercise = {
  name: 'jsonb',
  title: 'JSONB and GIN',
  aim: 'search in JSON by an index, and tell which operators the index serves',
  minutes: 10,
  tables: `
    CREATE TABLE posts (id int PRIMARY KEY, metadata jsonb NOT NULL);
    INSERT INTO posts
    SELECT n, jsonb_build_object('tags', jsonb_build_array(
                CASE WHEN n % 2000 = 0 THEN 'sailing' ELSE 'tag' || n % 50 END, 'all'),
              'lang', 'en')
      FROM generate_series(1, 60000) n;
    ANALYZE posts`,
  steps: [
    {
      tell: 'Each of 60,000 posts has a JSON document with tags; 30 of them are about sailing. @> asks whether a document contains another one. There is no index on it.',
      ask: {
        text: 'How many documents does the server look into?',
        choices: ['30', '60,000'],
      },
      async run(bench) {
        const a = await bench.session('A');
        const read = rowsRead(await a.explain(TAGGED)) ?? 0;
        return {
          right: read > 1_000 ? 1 : 0,
          conclusion:
            'Each document is read and searched. A B-tree could not help: it sorts whole values, and this asks for a part of one.',
        };
      },
    },
    {
      tell: 'A GIN index has an entry for each part of each document, and under it the rows that hold the part, as the index of a book has its words.',
      ask: { text: 'How many rows does the same query read from the table with a GIN index?' },
      async run(bench) {
        const a = await bench.session('A');
        await a.run(INDEX);
        const plan = await a.explain(TAGGED);
        const [scan] = plan.root.title === 'Bitmap Heap Scan' ? [plan.root] : plan.root.children;
        return {
          right: Math.round((scan ?? plan.root).actualRows ?? 0),
          conclusion:
            'The Bitmap Index Scan finds the rows of the entry, and the Bitmap Heap Scan reads their pages in order. “recheck cond” is asked again of each row, since an entry of jsonb_path_ops is a hash.',
        };
      },
    },
    {
      tell: `The same question in other words: metadata -> 'tags' ? 'sailing'. The rows are the same.`,
      ask: {
        text: 'Does this query use the index posts_metadata?',
        choices: ['yes: the rows are the same', 'no: the words are not'],
      },
      async run(bench) {
        const a = await bench.session('A');
        const used = indexesOf(await a.explain(EXISTS)).includes('posts_metadata');
        return {
          right: used ? 0 : 1,
          conclusion: `An index serves the operators of its operator class on the expression that it was built on. jsonb_path_ops knows @>, @? and @@ on metadata; metadata -> 'tags' is another expression, and ? another operator.`,
        };
      },
    },
    {
      tell: 'The default class jsonb_ops serves ?, ?| and ?& as well, because it keeps keys and values apart. We build that index, too.',
      ask: {
        text: 'Which of the two indexes is larger?',
        choices: ['jsonb_ops', 'jsonb_path_ops', 'they are alike'],
      },
      async run(bench) {
        const a = await bench.session('A');
        await a.run('CREATE INDEX posts_metadata_ops ON posts USING gin (metadata)');
        const { rows } = await a.run(`SELECT c.relname AS index, pg_relation_size(c.oid) AS bytes
  FROM pg_class c JOIN pg_am ON pg_am.oid = c.relam
 WHERE amname = 'gin' AND relnamespace = current_schema()::regnamespace
 ORDER BY 1`);
        const [path = 0, ops = 0] = rows.map(([, bytes]) => Number(bytes));
        return {
          right: ops > path * 1.05 ? 0 : path > ops * 1.05 ? 1 : 2,
          conclusion:
            'Take the class that serves the operators you use, and no more. socialdb searches with @> only, so idx_posts_metadata_gin is jsonb_path_ops.',
        };
      },
    },
  ],
  check: {
    kind: 'plan',
    task: `Make this search read no more than 100 rows, with the same rows found: SELECT id FROM posts WHERE metadata -> 'tags' ? 'sailing'. Hand in an index, or an index and the SELECT in other words.`,
    query: EXISTS,
    ordered: false,
    mostRows: 100,
  },
};
