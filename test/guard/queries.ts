import { feedStatement, STRATEGIES } from '../../src/feed/statement.js';
import { START } from '../../src/social/cursor.js';
import { searchStatement, tagsDocument } from '../../src/social/search.js';
import type { Sql } from '../../src/stores/postgres.js';
import { pageStatement, type Statement, statement } from '../../src/stores/queries.js';
import { inlined, measure } from '../../src/tuning/explain.js';
import type { Plan } from '../../src/tuning/plan.js';
import { rowsRead } from '../../src/tuning/rows-read.js';

/** What a statement reads, on data that are the same each time. */
export interface QueryCost {
  readonly query: string;
  readonly input: string;
  readonly rows: number;
  /** Rows that its scans gave or threw away. */
  readonly rowsRead: number;
  /** Pages of 8 kB, in memory or not. */
  readonly buffers: number;
}

const LIMIT = 20;
const NEW_ID = '019aa000-0000-7000-8000-000000000001';

/** Every statement of sql/queries, run for the reader of few, of many, and for one post. */
export async function queryCosts(sql: Sql): Promise<QueryCost[]> {
  const [few, many, celebrity] = await chosenUsers(sql);
  const [post] = await sql<{ id: string; at: string }[]>`
    SELECT id, created_at AS at FROM posts ORDER BY created_at DESC, id OFFSET 500 LIMIT 1`;
  if (!few || !many || !celebrity || !post) throw new Error('the network has no such users');
  const feeds = (userId: string) => [
    ...STRATEGIES.map((name) => feedStatement(name, { userId, limit: LIMIT, after: START })),
    pageStatement('feed_since', LIMIT, userId, post.at, post.id),
  ];
  const coding = tagsDocument(['coding']);
  const costs: QueryCost[] = [];
  const add = async (input: string, ...statements: Statement[]) => {
    for (const one of statements) costs.push(await costOf(sql, one, input));
  };
  await add(`follows ${few.follows}`, ...feeds(few.id));
  await add(`follows ${many.follows}`, ...feeds(many.id));
  await add('tag coding', searchStatement(coding, LIMIT, START));
  await add(
    'new edge to the most followed',
    statement('edge_lock', few.id, celebrity.id),
    statement('edge_follow', few.id, celebrity.id),
  );
  await add('edge that is there', statement('edge_unfollow', celebrity.follower, celebrity.id));
  await add('new', statement('post_create', NEW_ID, few.id, 'hello', '{"tags": ["coding"]}'));
  await add('new', statement('comment_create', NEW_ID, few.id, post.id, 'well said'));
  await add(
    'new',
    statement('like_create', few.id, post.id),
    statement('like_delete', few.id, post.id),
  );
  await add('one of many', statement('post_delete', post.id));
  return costs;
}

interface ChosenUser {
  readonly id: string;
  readonly follows: number;
  /** One who follows them. */
  readonly follower: string;
}

/** The median reader, the one who follows most, and the most followed, whom the median does not follow. */
function chosenUsers(sql: Sql): Promise<ChosenUser[]> {
  return sql<ChosenUser[]>`
    WITH readers AS (
      SELECT id, following_count AS follows,
             row_number() OVER (ORDER BY following_count, id) AS place, count(*) OVER () AS users
        FROM users
    ), median AS (
      SELECT id FROM readers WHERE place = users / 2
    ), chosen AS (
      SELECT 1 AS at, id FROM median
      UNION ALL SELECT 2, id FROM readers WHERE place = users
      UNION ALL (
        SELECT 3, u.id FROM users u, median
         WHERE NOT EXISTS (SELECT FROM followers f
                            WHERE f.follower_id = median.id AND f.followed_id = u.id)
         ORDER BY followers_count DESC, u.id LIMIT 1)
    )
    SELECT id, following_count AS follows,
           (SELECT follower_id FROM followers WHERE followed_id = id ORDER BY 1 LIMIT 1) AS follower
      FROM chosen JOIN users USING (id) ORDER BY at`;
}

/** Measured in the second of two runs, which finds the catalog read; what it wrote is undone. */
async function costOf(sql: Sql, one: Statement, input: string): Promise<QueryCost> {
  const explainable = await inlined(sql, one);
  let plan: Plan | undefined;
  for (let run = 0; run < 2; run++) {
    await sql
      .begin(async (transaction) => {
        plan = await measure(transaction, explainable);
        throw new Undone();
      })
      .catch((error) => {
        if (!(error instanceof Undone)) throw error;
      });
  }
  if (!plan) throw new Error(`${one.name} was not measured`);
  const { root, buffers } = plan;
  return {
    query: one.name,
    input,
    rows: root.actualRows ?? 0,
    // PostgreSQL 18 tells a node's rows as a mean of its loops, with two decimals.
    rowsRead: Math.round(rowsRead(plan) ?? 0),
    buffers: buffers.hit + buffers.read,
  };
}

class Undone extends Error {}
