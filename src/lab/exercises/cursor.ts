import { rowsRead } from '../../tuning/rows-read.js';
import type { Exercise } from '../exercise.js';
import type { Session } from '../session.js';

const PAGE = `SELECT id, created_at::time(0) AS at FROM posts
 ORDER BY created_at DESC, id DESC`;
const NEWS = `INSERT INTO posts VALUES
  (101, '2026-01-01 12:10Z'), (102, '2026-01-01 12:11Z')`;

async function idsOf(session: Session, sql: string): Promise<number[]> {
  return (await session.run(sql)).rows.map(([id]) => Number(id));
}

async function startAgain(session: Session): Promise<void> {
  await session.quietly.run('DELETE FROM posts WHERE id > 100');
}

export const cursor: Exercise = {
  name: 'cursor',
  title: 'Why OFFSET shows duplicates and a cursor does not',
  aim: 'page through a list that grows, without a row twice and without a row skipped',
  minutes: 10,
  tables: `
    CREATE TABLE posts (id int PRIMARY KEY, created_at timestamptz NOT NULL);
    INSERT INTO posts
    SELECT n, timestamptz '2026-01-01 12:00Z' + least(n, 8) * interval '1 min'
      FROM generate_series(1, 9) n;
    CREATE TABLE archive AS
    SELECT n AS id, timestamptz '2026-01-01Z' + n * interval '1 s' AS created_at
      FROM generate_series(1, 100000) n;
    CREATE INDEX ON archive (created_at DESC, id DESC);
    ANALYZE`,
  steps: [
    {
      tell: 'A reader looks at a list of posts, newest first, three on a page. While page one is on the screen, two new posts come in. Page two is asked for with OFFSET 3.',
      ask: { text: 'How many of the three posts on page two were on page one already?' },
      async run(bench) {
        const [reader, writer] = [await bench.session('reader'), await bench.session('writer')];
        const first = await idsOf(reader, `${PAGE} LIMIT 3`);
        await writer.run(NEWS);
        const second = await idsOf(reader, `${PAGE} LIMIT 3 OFFSET 3`);
        return {
          right: second.filter((id) => first.includes(id)).length,
          conclusion:
            'OFFSET counts from the top, and the top has moved by two. Had two posts been deleted, two others would have been skipped, and nobody would have noticed that.',
        };
      },
    },
    {
      tell: 'The same again, but the reader remembers the last row of page one, and asks for what comes after it: that is a cursor (or keyset).',
      ask: { text: 'How many posts of page two were on page one now?' },
      async run(bench) {
        const [reader, writer] = [await bench.session('reader'), await bench.session('writer')];
        await startAgain(writer);
        const first = await idsOf(reader, `${PAGE} LIMIT 3`);
        await writer.run(NEWS);
        const last = first.at(-1);
        const { rows } = await reader.quietly.run(
          `SELECT created_at FROM posts WHERE id = ${last}`,
        );
        const second = await idsOf(
          reader,
          `SELECT id, created_at::time(0) AS at FROM posts
 WHERE (created_at, id) < ('${rows[0]?.[0]}', ${last})
 ORDER BY created_at DESC, id DESC LIMIT 3`,
        );
        return {
          right: second.filter((id) => first.includes(id)).length,
          conclusion:
            'What is newer than the cursor cannot move what is older. The row comparison (created_at, id) < (…) is one range of an index on both columns.',
        };
      },
    },
    {
      tell: 'Posts 8 and 9 have the same time. A page ends with post 9, and the cursor is made of the time alone: WHERE created_at < the time of post 9.',
      ask: {
        text: 'What becomes of post 8?',
        choices: ['it is on the next page', 'it is on both pages', 'it is on neither page'],
      },
      async run(bench) {
        const reader = await bench.session('reader');
        await startAgain(reader);
        const first = await idsOf(reader, `${PAGE} LIMIT 1`);
        const second = await idsOf(
          reader,
          `SELECT id, created_at::time(0) AS at FROM posts
 WHERE created_at < (SELECT created_at FROM posts WHERE id = ${first[0]})
 ORDER BY created_at DESC, id DESC LIMIT 3`,
        );
        const [before, after] = [first.includes(8), second.includes(8)];
        return {
          right: before && after ? 1 : after ? 0 : 2,
          conclusion:
            'The order has to be total: with the id as a tie-break no two rows are equal. A time that a program cut to milliseconds skips rows in the same way, which is why socialdb keeps timestamps as text.',
        };
      },
    },
    {
      tell: 'archive has 100,000 posts and an index in the order of the list. We ask for the page behind the first 50,000 by OFFSET.',
      ask: {
        text: 'How many rows does the index give for these 20?',
        choices: ['20', '50,020', '100,000'],
      },
      async run(bench) {
        const reader = await bench.session('reader');
        const order = '\n ORDER BY created_at DESC, id DESC LIMIT 20';
        const by = async (sql: string) => rowsRead(await reader.explain(sql)) ?? 0;
        const offset = await by(`SELECT id FROM archive${order} OFFSET 50000`);
        const keyset = await by(
          `SELECT id FROM archive
 WHERE (created_at, id) < ('2026-01-01 13:53:21Z', 50001)${order}`,
        );
        return {
          right: offset > 90_000 ? 2 : offset > 1_000 ? 1 : 0,
          conclusion: `OFFSET reads what it skips; the cursor begins where the page begins, and read ${Math.round(keyset)} rows. The further down, the larger the difference.`,
        };
      },
    },
  ],
  check: {
    kind: 'page',
    task: 'Write the SELECT that gives the next three posts (id) behind the row :created_at, :id of the list posts, newest first, the id deciding between equal times. It is asked for behind every row, after two new posts came in.',
    list: 'SELECT id, created_at FROM posts ORDER BY created_at DESC, id DESC',
    key: 'id',
    limit: 3,
    meanwhile: NEWS,
  },
};
