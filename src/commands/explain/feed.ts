import { explainFeed } from '../../tuning/subjects.js';
import type { Context } from '../context.js';
import { explainAndConclude } from './conclude.js';
import { explainGrowth } from './growth.js';
import type { ExplainFlags } from './options.js';

export async function run(
  context: Context,
  user: string | undefined,
  flags: ExplainFlags & { strategy?: string; compareStrategies?: boolean; grow?: number[] },
): Promise<void> {
  if (flags.grow) return explainGrowth(context, user, flags, flags.grow);
  const { strategy, compareStrategies } = flags;
  await explainAndConclude(context, flags, (sql, options) =>
    explainFeed(sql, { ...options, user, strategy, compareStrategies, stores: context.stores }),
  );
}
