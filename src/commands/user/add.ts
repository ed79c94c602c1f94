import { renderUser } from '../../output/users.js';
import { addUser } from '../../social/accounts.js';
import type { Context } from '../context.js';

export async function run(
  { stores, screen }: Context,
  name: string,
  options: { email: string },
): Promise<void> {
  const user = await addUser(stores.postgres(), name, options.email);
  screen.show(user, renderUser);
  if (!user.changed) screen.note('nothing changed: this account was there already');
}
