import { wrapAnsi } from 'fast-wrap-ansi';
import type { Addition, Advice, Removal } from '../tuning/advise/advise.js';
import type { Screen } from './screen.js';
import { bytes, oneLine, plural, visible } from './text.js';

/** What to build, the best first, and what to drop; each with its command. */
export function renderAdvice({ workload, add, drop }: Advice, screen: Screen): string {
  const { style, columns } = screen;
  const from = workload.source === 'own queries' ? "socialdb's own queries" : workload.source;
  const basis = `from the plans of ${plural(workload.statements, 'statement')} (${from})`;
  const why = workload.reason ? ` · ${workload.reason}` : '';
  return [
    style.dim(wrapAnsi(basis + why, columns)),
    ...add.map((addition) => additionLines(addition, screen)),
    ...drop.map((removal) => removalLines(removal, screen)),
    ...(add.length + drop.length > 0 ? [] : ['Nothing to build, nothing to drop.']),
  ].join('\n\n');
}

const SHOWN = 3;

function additionLines({ on, estimate, untried, askedBy, command }: Addition, screen: Screen) {
  const { style, columns } = screen;
  const names = estimate?.helps ?? askedBy;
  const more = names.length > SHOWN ? `, and ${plural(names.length - SHOWN, 'other')}` : '';
  const price = estimate
    ? `planner's estimate: ${estimate.gain.toFixed(1)}× cheaper in all, about ${bytes(estimate.sizeBytes)}`
    : `not tried: ${untried}`;
  return [
    `${style.green('+')} ${style.bold(oneLine(on, columns - 2))}`,
    ...[price, `for ${names.slice(0, SHOWN).join('; ')}${more}`].map((text) =>
      style.dim(`  ${wrapAnsi(visible(text), columns - 2).replaceAll('\n', '\n  ')}`),
    ),
    `  ${style.dim('$')} ${style.cyan(visible(command))}`,
  ].join('\n');
}

function removalLines({ name, sizeBytes, reason, command }: Removal, { style }: Screen) {
  return [
    `${style.red('-')} ${style.bold(visible(name))} ${style.dim(`${bytes(sizeBytes)}, ${visible(reason)}`)}`,
    `  ${style.dim('$')} ${style.cyan(visible(command))}`,
  ].join('\n');
}
