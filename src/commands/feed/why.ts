import { openCache } from '../../feed/versions.js';
import { explainPost } from '../../feed/why.js';
import type { Context } from '../context.js';

/** Says why a post is, or is not, in a feed. */
export async function explainWhy({ stores, screen }: Context, user: string, post: string) {
  const sql = stores.postgres();
  const why = await explainPost(sql, await openCache(stores, sql), user, post);
  screen.show(why, ({ reasons }) => reasons.map(({ detail }) => detail).join('\n'));
}
