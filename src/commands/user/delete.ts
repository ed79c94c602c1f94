import { plural } from '../../output/text.js';
import { type DeletedUser, deleteUser, deletionOf } from '../../social/accounts.js';
import { confirm } from '../confirm.js';
import type { Context } from '../context.js';
import { deliver } from '../deliver.js';

/** A celebrity has a row for each follower to change. */
const TIMEOUT_MS = 600_000;

export async function run(
  context: Context,
  name: string,
  options: { yes?: boolean; dryRun?: boolean },
): Promise<void> {
  const { stores, screen } = context;
  const doomed = await deletionOf(stores.postgres(), name);
  if (options.dryRun) {
    screen.show({ ...doomed, changed: false }, () => `Would delete ${describe(doomed)}.`);
    return;
  }
  await confirm(context, `Delete ${describe(doomed)}?`, options.yes);
  const deleted = await deleteUser(
    { ...stores, postgres: () => stores.postgres(TIMEOUT_MS) },
    doomed.id,
  );
  screen.show({ ...deleted, changed: true }, () => `Deleted ${describe(deleted)}.`);
  await deliver(context);
}

function describe({ username, posts, comments, likes, follows }: DeletedUser): string {
  const parts = [
    plural(posts, 'post'),
    plural(comments, 'comment'),
    plural(likes, 'like'),
    plural(follows, 'follow'),
  ];
  return `${username} with ${parts.join(', ')}`;
}
