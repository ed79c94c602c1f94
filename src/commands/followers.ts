import { noteNext } from '../output/pages.js';
import { renderNeighbours } from '../output/users.js';
import { listFollowers, type PageRequest } from '../social/lists.js';
import type { Context } from './context.js';

export async function run(
  { stores, screen }: Context,
  name: string,
  options: PageRequest,
): Promise<void> {
  const page = await listFollowers(stores.postgres(), name, options);
  screen.show(page, () =>
    page.users.length
      ? renderNeighbours(page, screen)
      : `Nobody yet. A first one: socialdb follow SOMEBODY ${page.user}`,
  );
  noteNext(screen, page.next, `followers ${page.user} --limit ${options.limit}`);
}
