import type { Position } from '../social/cursor.js';
import { type Post, type PostRow, withMetadata } from '../social/posts.js';
import type { Queryable, Sql } from '../stores/postgres.js';
import { runStatement } from '../stores/queries.js';
import { feedStatement, type Strategy } from './statement.js';
import type { FeedSource } from './timeline.js';

/** Which page is to be computed, and how. */
interface PageRequest {
  readonly userId: string;
  readonly strategy: Strategy;
  readonly after: Position;
  /** Posts on the page. */
  readonly limit: number;
}

/**
 * The source of truth of one page.
 *
 * @param ask runs whatever asks the database, and may look at the clock
 */
export function databaseSource(
  sql: Sql,
  request: PageRequest,
  ask: <T>(work: () => Promise<T>) => Promise<T>,
): FeedSource {
  return {
    followees: () => ask(() => readFollowees(sql, request.userId)),
    compute: () => ask(() => readPage(sql, request)),
    computeWithFollowees: () =>
      ask(() =>
        sql.begin('isolation level repeatable read read only', async (snapshot) => {
          const [followees, posts] = await Promise.all([
            readFollowees(snapshot, request.userId),
            readPage(snapshot, request),
          ]);
          return { followees, posts };
        }),
      ),
  };
}

async function readFollowees(sql: Queryable, userId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    SELECT followed_id AS id FROM followers WHERE follower_id = ${userId} ORDER BY 1`;
  return rows.map(({ id }) => id);
}

async function readPage(sql: Queryable, { strategy, ...page }: PageRequest): Promise<Post[]> {
  const rows = await runStatement<{ rank: number } & PostRow>(sql, feedStatement(strategy, page));
  return rows.map(({ rank: _, ...post }): Post => withMetadata(post));
}
