import { createComment } from '../social/comments.js';
import type { Context } from './context.js';
import { deliver } from './deliver.js';
import { textOf } from './text.js';

export async function run(
  context: Context,
  author: string,
  post: string,
  text: string,
): Promise<void> {
  const { stores, screen } = context;
  const content = await textOf(context, text);
  const comment = await createComment(stores.postgres(), author, post, content);
  screen.show(
    { ...comment, changed: true },
    () => `${screen.style.bold(comment.author)} commented ${screen.style.dim(comment.id)}`,
  );
  await deliver(context);
}
