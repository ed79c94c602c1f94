import { explainSearch } from '../../tuning/subjects.js';
import type { Context } from '../context.js';
import { type ExplainFlags, explaining } from './options.js';
import { showExplanation } from './show.js';

export async function run(
  context: Context,
  flags: ExplainFlags & { tag: string[] },
): Promise<void> {
  const explanation = await explaining(context, flags, (sql, options) =>
    explainSearch(sql, flags.tag, options),
  );
  await showExplanation(context, explanation, flags.html);
}
