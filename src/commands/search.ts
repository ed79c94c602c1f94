import { UsageError } from '../errors.js';
import { noteNext } from '../output/pages.js';
import { renderPosts } from '../output/posts.js';
import { withReactions } from '../social/reactions.js';
import { searchPosts, tagsDocument } from '../social/search.js';
import type { Context } from './context.js';

export async function run(
  { stores, screen }: Context,
  options: { tag?: string[]; where?: string; limit: number; after?: string },
): Promise<void> {
  const { tag, where, limit, after } = options;
  if ((tag === undefined) === (where === undefined)) {
    throw new UsageError('usage', 'name either --tag or --where', 'see: socialdb search --help');
  }
  const document = where ?? tagsDocument(tag ?? []);
  const sql = stores.postgres();
  const found = await searchPosts(sql, { where: document, limit, after });
  const page = { ...found, posts: await withReactions(sql, found.posts) };
  screen.show(page, ({ posts }) =>
    posts.length ? renderPosts(posts, screen) : `No post contains ${document}.`,
  );
  noteNext(screen, page.next, `search --where '${document}' --limit ${limit}`);
}
