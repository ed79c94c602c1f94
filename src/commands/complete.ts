import { setTimeout } from 'node:timers/promises';
import { usernamesLike } from '../social/users.js';
import { indexNamesLike } from '../tuning/indexes.js';
import type { Context } from './context.js';

/** Nobody waits longer for a word; a store that is down has nothing to say. */
const PATIENCE_MS = 250;
const MOST = 50;

/** Prints the names that begin so, one a line; silent, whatever happens. */
export async function run(
  { stores, screen }: Context,
  kind: 'user' | 'index',
  prefix: string,
): Promise<void> {
  const read = async () => {
    const sql = stores.postgres(PATIENCE_MS);
    return kind === 'user'
      ? usernamesLike(sql, prefix.replace(/^@/, ''), MOST)
      : indexNamesLike(sql, prefix, MOST);
  };
  const names = await Promise.race([
    read().catch(() => []),
    setTimeout(PATIENCE_MS, [], { ref: false }),
  ]);
  const at = prefix.startsWith('@') ? '@' : '';
  if (names.length > 0) screen.print(names.map((name) => `${at}${name}`).join('\n'));
}
