import { UsageError } from '../../errors.js';
import { renderGrowth } from '../../output/growth.js';
import { count } from '../../output/text.js';
import { compareGrowth } from '../../tuning/growth.js';
import type { Context } from '../context.js';
import { type ExplainFlags, explaining } from './options.js';

/** `explain feed --grow`: the comparison on networks of growing size. */
export async function explainGrowth(
  context: Context,
  user: string | undefined,
  flags: ExplainFlags & { strategy?: string },
  sizes: readonly number[],
): Promise<void> {
  if (user !== undefined) {
    const nobody = `${user} is not in a network that is made up`;
    throw new UsageError('no-such-reader', nobody, 'leave the user out: it is the median reader');
  }
  const growth = await explaining(context, { compareIndex: true, ...flags }, (_, options) =>
    compareGrowth(context.stores, sizes, {
      ...options,
      strategy: flags.strategy,
      onRun: undefined,
      onStep: (posts, step) => options.onStep(`${count(posts)} posts: ${step}`),
    }),
  );
  context.screen.show(growth, renderGrowth);
}
