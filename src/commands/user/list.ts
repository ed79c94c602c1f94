import { noteNext } from '../../output/pages.js';
import { renderUsers } from '../../output/users.js';
import { listUsers, type PageRequest } from '../../social/lists.js';
import type { Context } from '../context.js';

export async function run({ stores, screen }: Context, options: PageRequest): Promise<void> {
  const page = await listUsers(stores.postgres(), options);
  screen.show(page, ({ users }) =>
    users.length ? renderUsers(users, screen) : 'No users yet. Try: socialdb seed',
  );
  noteNext(screen, page.next, `user list --limit ${options.limit}`);
}
