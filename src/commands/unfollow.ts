import { renderEdge } from '../output/edges.js';
import { unfollow } from '../social/follow.js';
import type { Context } from './context.js';

export async function run({ stores, screen }: Context, a: string, b: string): Promise<void> {
  const result = await unfollow(stores, a, b);
  const verb = result.changed ? 'no longer follows' : 'did not follow';
  screen.show(result, () => renderEdge(result, verb, screen));
}
