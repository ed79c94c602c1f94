import { clear } from '../../feed/maintain.js';
import { requireCache } from '../../feed/versions.js';
import { plural } from '../../output/text.js';
import { findUser } from '../../social/users.js';
import type { Context } from '../context.js';

export async function run(context: Context, name: string | undefined): Promise<void> {
  const { stores, screen } = context;
  const cache = await requireCache(stores, stores.postgres());
  const reader = name === undefined ? undefined : await findUser(stores.postgres(), name);
  const cleared = await clear(cache, reader?.id);
  screen.show({ cleared }, () => `${plural(cleared, 'key')} cleared.`);
}
