import { renderUser } from '../../output/users.js';
import { addUser } from '../../social/accounts.js';
import type { Context } from '../context.js';
import { deliver } from '../deliver.js';

export async function run(
  context: Context,
  name: string,
  options: { email: string },
): Promise<void> {
  const { stores, screen } = context;
  const user = await addUser(stores.postgres(), name, options.email);
  screen.show(user, renderUser);
  if (!user.changed) screen.note('nothing changed: this account was there already');
  await deliver(context);
}
