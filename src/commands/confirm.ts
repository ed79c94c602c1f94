import { RequestError, UsageError } from '../errors.js';
import type { Context } from './context.js';

/**
 * Asks before something is destroyed.
 *
 * @param question what will be lost, ending in a question mark
 * @param yes whether `--yes` was given
 * @throws UsageError `needs-yes` where nobody can be asked; RequestError `declined`
 */
export async function confirm(
  { stdin, screen, interrupted }: Context,
  question: string,
  yes: boolean | undefined,
): Promise<void> {
  if (yes) return;
  if (!stdin.isTTY || !screen.interactive) {
    throw new UsageError('needs-yes', `${question} Nobody is there to ask`, 'add --yes to go on');
  }
  const answer = await screen.ask(`${question} [y/N] `, stdin, interrupted);
  if (/^y(es)?$/i.test(answer?.trim() ?? '')) return;
  throw new RequestError('declined', 'nothing was changed');
}
