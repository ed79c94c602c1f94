import type { Sql } from '../../src/stores/postgres.js';

/** A way to damage the database, as a bad restore or a careless hand does. */
export interface Damage {
  /** The check of `verify` that has to find it. */
  readonly check: string;
  readonly what: string;
  /** How many rows are wrong afterwards. */
  readonly wrong: number;
  break(sql: Sql): Promise<unknown>;
}

/** What foreign keys forbid, as a restore without triggers lets it in. */
async function unchecked(sql: Sql, statement: string): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`SET LOCAL session_replication_role = replica`;
    await transaction.unsafe(statement);
  });
}

const ONE_USER = '(SELECT id FROM users ORDER BY id OFFSET 3 LIMIT 1)';
const ONE_POST = '(SELECT id FROM posts ORDER BY id OFFSET 3 LIMIT 1)';
const NOBODY = "'00000000-0000-4000-8000-00000000dead'";

export const DAMAGES: readonly Damage[] = [
  {
    check: 'follow-counters',
    what: 'followers_count too high',
    wrong: 2,
    break: (sql) => sql`
      UPDATE users SET followers_count = followers_count + 3
       WHERE id IN (SELECT id FROM users ORDER BY id LIMIT 2)`,
  },
  {
    check: 'follow-counters',
    what: 'following_count too low',
    wrong: 1,
    break: (sql) => sql`
      UPDATE users SET following_count = 0
       WHERE id = (SELECT follower_id FROM followers ORDER BY follower_id DESC LIMIT 1)`,
  },
  {
    check: 'post-counters',
    what: 'a like and a comment counted that are not there',
    wrong: 1,
    break: (sql) =>
      sql.unsafe(`
      INSERT INTO post_counters AS c VALUES (${ONE_POST}, 1, 1)
      ON CONFLICT (post_id) DO UPDATE SET like_count = c.like_count + 1, comment_count = c.comment_count + 1`),
  },
  {
    check: 'post-counters',
    what: 'the row of counters gone',
    wrong: 1,
    break: (sql) => sql`
      DELETE FROM post_counters
       WHERE post_id = (SELECT post_id FROM likes ORDER BY post_id LIMIT 1)`,
  },
  {
    check: 'orphans',
    what: 'a like by nobody',
    wrong: 1,
    break: (sql) => unchecked(sql, `INSERT INTO likes VALUES (${NOBODY}, ${ONE_POST})`),
  },
  {
    check: 'orphans',
    what: 'a comment on nothing',
    wrong: 1,
    break: (sql) =>
      unchecked(
        sql,
        `INSERT INTO comments (user_id, post_id, content) VALUES (${ONE_USER}, ${NOBODY}, 'lost')`,
      ),
  },
  {
    check: 'orphans',
    what: 'an edge to nobody, and one from nobody',
    wrong: 2,
    break: (sql) =>
      unchecked(
        sql,
        `INSERT INTO followers VALUES (${ONE_USER}, ${NOBODY}), (${NOBODY}, ${ONE_USER})`,
      ),
  },
  {
    check: 'orphans',
    what: 'a post of nobody',
    wrong: 1,
    break: (sql) =>
      unchecked(sql, `INSERT INTO posts (user_id, content) VALUES (${NOBODY}, 'by nobody')`),
  },
  {
    check: 'orphans',
    what: 'counters of no post',
    wrong: 1,
    break: (sql) => unchecked(sql, `INSERT INTO post_counters VALUES (${NOBODY}, 1, 1)`),
  },
  {
    check: 'activity-posts',
    what: 'the event of a post gone',
    wrong: 1,
    break: (sql) => sql`
      DELETE FROM activity WHERE id = (SELECT id FROM activity WHERE type = 'posted' LIMIT 1)`,
  },
];
