import { renderExplanation } from '../../output/explanation.js';
import { explainFeed } from '../../tuning/subjects.js';
import type { Context } from '../context.js';
import { type ExplainFlags, explaining } from './options.js';

export async function run(
  context: Context,
  user: string | undefined,
  flags: ExplainFlags & { strategy?: string; compareStrategies?: boolean },
): Promise<void> {
  const { strategy, compareStrategies } = flags;
  const explanation = await explaining(context, flags, (sql, options) =>
    explainFeed(sql, { ...options, user, strategy, compareStrategies }),
  );
  context.screen.show(explanation, renderExplanation);
}
