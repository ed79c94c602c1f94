import { renderEdge } from '../output/edges.js';
import { follow } from '../social/follow.js';
import type { Context } from './context.js';

export async function run({ stores, screen }: Context, a: string, b: string): Promise<void> {
  const result = await follow(stores, a, b);
  const verb = result.changed ? 'now follows' : 'already follows';
  screen.show(result, () => renderEdge(result, verb, screen));
}
