import { like } from '../social/likes.js';
import type { Context } from './context.js';
import { deliver } from './deliver.js';

export async function run(context: Context, name: string, id: string): Promise<void> {
  const { stores, screen } = context;
  const result = await like(stores.postgres(), name, id);
  const verb = result.changed ? 'likes' : 'already liked';
  screen.show(result, ({ user, post }) => `${screen.style.bold(user)} ${verb} ${post}`);
  await deliver(context);
}
