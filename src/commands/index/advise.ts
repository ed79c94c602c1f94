import { renderAdvice } from '../../output/advice.js';
import { adviseIndexes } from '../../tuning/advise/advise.js';
import type { Context } from '../context.js';

const TIMEOUT_MS = 30_000;

export async function run({ stores, screen, interrupted }: Context): Promise<void> {
  const progress = screen.progress('Measuring');
  const advice = await adviseIndexes(stores.postgres(TIMEOUT_MS), {
    timeoutMs: TIMEOUT_MS,
    interrupted,
    onStep: progress.update,
  }).finally(progress.stop);
  screen.show(advice, renderAdvice);
}
