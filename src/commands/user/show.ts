import { renderUser } from '../../output/users.js';
import { findUser } from '../../social/users.js';
import type { Context } from '../context.js';

export async function run({ stores, screen }: Context, name: string): Promise<void> {
  screen.show(await findUser(stores.postgres(), name), renderUser);
}
