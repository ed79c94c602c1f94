import { like } from '../social/likes.js';
import type { Context } from './context.js';

export async function run({ stores, screen }: Context, name: string, id: string): Promise<void> {
  const result = await like(stores.postgres(), name, id);
  const verb = result.changed ? 'likes' : 'already liked';
  screen.show(result, ({ user, post }) => `${screen.style.bold(user)} ${verb} ${post}`);
}
