import { renderThread } from '../output/posts.js';
import { readThread } from '../social/thread.js';
import type { Context } from './context.js';

export async function run(
  { stores, screen }: Context,
  id: string,
  options: { limit: number },
): Promise<void> {
  const thread = await readThread(stores.postgres(), id, options.limit);
  screen.show(thread, renderThread);
  if (thread.comments.length < thread.commentCount) {
    screen.note(`\nthe first ${thread.comments.length} comments; more with --limit`);
  }
}
