import { instanceOf } from '../stores/instance.js';
import type { Sql } from '../stores/postgres.js';
import { pageStatement, runStatement, type Statement } from '../stores/queries.js';
import { decodePosition, encodePosition, type Position } from './cursor.js';
import { type Post, type PostRow, validDocument, validTag, withMetadata } from './posts.js';

export interface SearchRequest {
  /** A JSON object as text; posts whose metadata contain it are found. */
  readonly where: string;
  /** Posts on the page. */
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: string | undefined;
}

export interface SearchPage {
  readonly posts: Post[];
  readonly next: string | null;
}

/** The document that posts with all these tags contain. */
export function tagsDocument(tags: readonly string[]): string {
  return JSON.stringify({ tags: tags.map(validTag) });
}

/** The statement that finds one page. */
export function searchStatement(where: string, limit: number, after: Position): Statement {
  return pageStatement('post_search', limit, where, after.createdAt, after.id);
}

/**
 * Finds posts by what their metadata contain, newest first.
 *
 * @throws UsageError `bad-metadata` when `where` is no JSON object, `bad-cursor`
 */
export async function searchPosts(sql: Sql, request: SearchRequest): Promise<SearchPage> {
  const where = validDocument(request.where, 'the search');
  const { cursorKey } = await instanceOf(sql);
  const scope = `search:${where}`;
  const after = decodePosition(cursorKey, scope, request.after);
  const rows = await runStatement<PostRow>(sql, searchStatement(where, request.limit, after));
  const posts = rows.map(withMetadata);
  const last = posts.length === request.limit ? posts.at(-1) : undefined;
  return {
    posts,
    next: last
      ? encodePosition(cursorKey, scope, { ...last, rank: after.rank + posts.length })
      : null,
  };
}
