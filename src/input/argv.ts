import { UsageError } from '../errors.js';
import { flawOfText } from './text.js';

/**
 * Checks that a command line came through as it was typed: what is not UTF-8 reaches a program as
 * U+FFFD, and would be stored as that.
 *
 * @throws UsageError `bad-argument`
 */
export function checkArguments(argv: readonly string[]): void {
  for (const [place, argument] of argv.entries()) {
    const flaw = argument.includes('\ufffd') ? 'is not UTF-8' : flawOfText(argument);
    if (!flaw) continue;
    throw new UsageError(
      'bad-argument',
      `argument ${place + 1} ${flaw}`,
      'a text that cannot be typed goes in through standard input: socialdb post USER - < FILE',
    );
  }
}
