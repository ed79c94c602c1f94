import { renderIndexes } from '../../output/indexes.js';
import { listIndexes } from '../../tuning/indexes.js';
import type { Context } from '../context.js';

export async function run({ stores, screen }: Context): Promise<void> {
  const indexes = await listIndexes(stores.postgres());
  screen.show({ indexes }, () => renderIndexes(indexes, screen));
}
