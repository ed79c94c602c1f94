import { renderAdvice } from '../../output/advice.js';
import { adviseIndexes } from '../../tuning/advise/advise.js';
import type { Context } from '../context.js';

const TIMEOUT_MS = 30_000;

export async function run({ stores, screen, interrupted }: Context): Promise<void> {
  const advice = await adviseIndexes(stores.postgres(TIMEOUT_MS), TIMEOUT_MS, interrupted);
  screen.show(advice, renderAdvice);
}
