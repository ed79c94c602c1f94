import type { Sql } from '../stores/postgres.js';

export interface Tag {
  readonly tag: string;
  /** Of the posts that were looked at. */
  readonly posts: number;
}

/** Posts that are looked at: the newest, which are what a search shows. */
const SAMPLED_POSTS = 5_000;

/**
 * The tag that most of the newest posts have, and one that few of them have: an index serves the one,
 * a walk of the newest posts the other.
 *
 * @returns none, one or two tags, the most frequent first
 */
export async function sampleTags(sql: Sql): Promise<Tag[]> {
  const tags = await sql<Tag[]>`
    SELECT tag, count(*) AS posts
      FROM (SELECT metadata FROM posts ORDER BY created_at DESC, id DESC LIMIT ${SAMPLED_POSTS}::int) newest
     CROSS JOIN LATERAL jsonb_path_query(metadata, '$.tags[*] ? (@.type() == "string")') AS listed
     CROSS JOIN LATERAL (SELECT listed #>> '{}' AS tag) AS named
     GROUP BY tag ORDER BY posts DESC, tag`;
  return [...new Set([tags.at(0), tags.at(-1)])].filter((tag) => tag !== undefined);
}
