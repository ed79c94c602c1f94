import type { Hint } from '../tuning/hints/hint.js';
import type { Screen } from './screen.js';
import { hanging, visible } from './text.js';

/** A hint: where, what was seen, what to do; and on a line of its own, to be copied, the command. */
export function hintLines({ severity, node, evidence, change, command }: Hint, screen: Screen) {
  const { style, columns } = screen;
  const mark = { high: style.red('▲'), medium: style.yellow('▲'), low: style.dim('△') }[severity];
  const text = `${style.bold(visible(node))} ${visible(`${evidence}: ${change}.`)}`;
  return [
    `${mark} ${hanging(text, columns, 2)}`,
    ...(command === null ? [] : [`  ${style.dim('$')} ${style.cyan(visible(command))}`]),
  ].join('\n');
}
