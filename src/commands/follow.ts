import { renderEdge } from '../output/edges.js';
import { follow } from '../social/follow.js';
import type { Context } from './context.js';
import { deliver } from './deliver.js';

export async function run(context: Context, a: string, b: string): Promise<void> {
  const { stores, screen } = context;
  const result = await follow(stores, a, b);
  const verb = result.changed ? 'now follows' : 'already follows';
  screen.show(result, () => renderEdge(result, verb, screen));
  await deliver(context);
}
