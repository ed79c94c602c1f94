import { explainSearch } from '../../tuning/subjects.js';
import type { Context } from '../context.js';
import { explainAndConclude } from './conclude.js';
import type { ExplainFlags } from './options.js';

export async function run(
  context: Context,
  flags: ExplainFlags & { tag: string[] },
): Promise<void> {
  await explainAndConclude(context, flags, (sql, options) =>
    explainSearch(sql, flags.tag, options),
  );
}
