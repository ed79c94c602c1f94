import { createPost } from '../social/posts.js';
import type { Context } from './context.js';
import { deliver } from './deliver.js';
import { textOf } from './text.js';

export async function run(
  context: Context,
  author: string,
  text: string,
  options: { tag?: string[]; metadata?: string },
): Promise<void> {
  const { stores, screen } = context;
  const content = await textOf(context, text);
  const post = await createPost(stores, {
    author,
    content,
    ...(options.tag && { tags: options.tag }),
    ...(options.metadata !== undefined && { metadata: options.metadata }),
  });
  screen.show(post, () => `${screen.style.bold(post.author)} posted ${screen.style.dim(post.id)}`);
  await deliver(context);
}
