import { type Counters, type Miscount, within } from './counters.js';
import { skipping } from './follow-counters.js';
import { idArray } from './locked-repair.js';

interface Row {
  readonly id: string;
  readonly likes: number;
  readonly comments: number;
  readonly rightLikes: number;
  readonly rightComments: number;
}

/** post_counters against likes and comments; a post without a row there counts as 0 and 0. */
export const postCounters: Counters = {
  name: 'post-counters',
  table: 'posts',
  async miscounts(sql, rows) {
    const found = await sql<Row[]>`
      SELECT id, coalesce(like_count, 0) AS likes, coalesce(comment_count, 0) AS comments,
             coalesce(l.rows, 0) AS "rightLikes", coalesce(m.rows, 0) AS "rightComments"
        FROM posts
        LEFT JOIN post_counters ON post_id = id
        LEFT JOIN (SELECT post_id AS id, count(*) AS rows FROM likes
                    WHERE ${within(sql, 'post_id', rows)} GROUP BY 1) l USING (id)
        LEFT JOIN (SELECT post_id AS id, count(*) AS rows FROM comments
                    WHERE ${within(sql, 'post_id', rows)} GROUP BY 1) m USING (id)
       WHERE ${within(sql, 'id', rows)}
         AND (coalesce(like_count, 0) <> coalesce(l.rows, 0)
              OR coalesce(comment_count, 0) <> coalesce(m.rows, 0))
       ORDER BY id`;
    return found.map(miscountOf);
  },
  // A like locks no post: what it has to wait for is the row of counters, so there must be one. One at
  // a time, since an insertion may have to wait.
  async prepare(sql, ids) {
    for (const id of ids) {
      await sql`
        INSERT INTO post_counters (post_id) SELECT id FROM posts WHERE id = ${id}
        ON CONFLICT DO NOTHING`;
    }
  },
  async lock(sql, ids, wait) {
    const rows = await sql<{ id: string }[]>`
      SELECT post_id AS id FROM post_counters WHERE post_id = ANY (${idArray(ids)}::uuid[])
       ORDER BY post_id FOR NO KEY UPDATE ${skipping(sql, wait)}`;
    return rows.map(({ id }) => id);
  },
  async write(sql, miscounts) {
    await sql`
      UPDATE post_counters
         SET like_count = coalesce(right_likes, like_count),
             comment_count = coalesce(right_comments, comment_count)
        FROM jsonb_to_recordset(${sql.json(miscounts.map(rightOf) as never)})
             AS counted (id uuid, right_likes int, right_comments int)
       WHERE post_id = counted.id`;
  },
};

function miscountOf(row: Row): Miscount {
  const drift = (column: string, found: number, right: number) =>
    found === right ? [] : [{ table: 'post_counters', row: row.id, column, found, right }];
  return {
    id: row.id,
    drifts: [
      ...drift('like_count', row.likes, row.rightLikes),
      ...drift('comment_count', row.comments, row.rightComments),
    ],
  };
}

function rightOf({ id, drifts }: Miscount) {
  const right = (name: string) => drifts.find(({ column }) => column === name)?.right ?? null;
  return { id, right_likes: right('like_count'), right_comments: right('comment_count') };
}
