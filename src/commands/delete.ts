import { oneLine } from '../output/text.js';
import { deletePost, findPost } from '../social/posts.js';
import { confirm } from './confirm.js';
import type { Context } from './context.js';
import { deliver } from './deliver.js';

export async function run(
  context: Context,
  id: string,
  options: { yes?: boolean; dryRun?: boolean },
): Promise<void> {
  const { stores, screen } = context;
  if (options.dryRun || !options.yes) {
    const { author, content } = await findPost(stores.postgres(), id);
    const what = `${author}'s post “${oneLine(content, 50)}” with its comments and likes`;
    if (options.dryRun) {
      screen.show({ id, changed: false }, () => `Would delete ${what}.`);
      return;
    }
    await confirm(context, `Delete ${what}?`, options.yes);
  }
  screen.show(await deletePost(stores, id), ({ changed }) =>
    changed ? `Deleted ${id}.` : `Nothing to delete: there is no post ${id}.`,
  );
  await deliver(context);
}
