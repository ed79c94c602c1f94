import { explainFeed } from '../../tuning/subjects.js';
import type { Context } from '../context.js';
import { type ExplainFlags, explaining } from './options.js';
import { showExplanation } from './show.js';

export async function run(
  context: Context,
  user: string | undefined,
  flags: ExplainFlags & { strategy?: string },
): Promise<void> {
  const explanation = await explaining(context, flags, (sql, options) =>
    explainFeed(sql, { ...options, user, strategy: flags.strategy }),
  );
  await showExplanation(context, explanation, flags.html);
}
