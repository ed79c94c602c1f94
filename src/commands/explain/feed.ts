import { explainFeed } from '../../tuning/subjects.js';
import type { Context } from '../context.js';
import { explainAndConclude } from './conclude.js';
import type { ExplainFlags } from './options.js';

export async function run(
  context: Context,
  user: string | undefined,
  flags: ExplainFlags & { strategy?: string; compareStrategies?: boolean },
): Promise<void> {
  const { strategy, compareStrategies } = flags;
  await explainAndConclude(context, flags, (sql, options) =>
    explainFeed(sql, { ...options, user, strategy, compareStrategies, stores: context.stores }),
  );
}
