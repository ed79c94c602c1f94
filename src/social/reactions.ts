import type { Queryable } from '../stores/postgres.js';

export interface Reactions {
  readonly likes: number;
  readonly comments: number;
}

/**
 * How many likes and comments some posts have now. They are read apart from a feed, because they
 * change much more often than the feed does, and would make every cached page stale.
 *
 * @param postIds at most a page of ids
 * @returns one element for each id, in their order
 */
export async function readReactions(
  sql: Queryable,
  postIds: readonly string[],
): Promise<Reactions[]> {
  if (postIds.length === 0) return [];
  const rows = await sql<Reactions[]>`
    SELECT coalesce(like_count, 0) AS likes, coalesce(comment_count, 0) AS comments
      FROM jsonb_array_elements_text(${JSON.stringify(postIds)}::text::jsonb)
           WITH ORDINALITY AS asked (id, place)
      LEFT JOIN post_counters ON post_id = asked.id::uuid
     ORDER BY place`;
  return [...rows];
}

/** Posts together with their reactions. */
export async function withReactions<P extends { readonly id: string }>(
  sql: Queryable,
  posts: readonly P[],
): Promise<(P & Reactions)[]> {
  const reactions = await readReactions(
    sql,
    posts.map(({ id }) => id),
  );
  return posts.map((post, at) => ({ ...post, ...(reactions[at] ?? { likes: 0, comments: 0 }) }));
}
