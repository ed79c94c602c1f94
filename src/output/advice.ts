import { wrapAnsi } from 'fast-wrap-ansi';
import type { Addition, Advice } from '../tuning/advise/advise.js';
import type { Removal } from '../tuning/advise/removals.js';
import { copiesLine } from './explanation.js';
import { more, size } from './prices.js';
import type { Screen } from './screen.js';
import { bytes, count, hanging, oneLine, plural, visible } from './text.js';

/** What to build, the best first, and what to drop; each with its command. */
export function renderAdvice({ workload, copies, add, drop }: Advice, screen: Screen): string {
  const { style, columns } = screen;
  const from = workload.source === 'own queries' ? "socialdb's own queries" : workload.source;
  const basis = `from the plans of ${plural(workload.statements, 'statement')} (${from})`;
  const why = workload.reason ? ` · ${workload.reason}` : '';
  return [
    [basis + why, ...(copies.length > 0 ? [`tried on ${copiesLine(copies)}`] : [])]
      .map((line) => style.dim(wrapAnsi(line, columns)))
      .join('\n'),
    ...add.map((addition) => additionLines(addition, screen)),
    ...drop.map((removal) => removalLines(removal, screen)),
    ...(add.length + drop.length > 0 ? [] : ['Nothing to build, nothing to drop.']),
  ].join('\n\n');
}

const SHOWN = 3;

function additionLines(addition: Addition, screen: Screen): string {
  const { on, trial, askedBy, command } = addition;
  const { style, columns } = screen;
  const names = trial?.helps ?? askedBy;
  const others = names.length > SHOWN ? `, and ${plural(names.length - SHOWN, 'other')}` : '';
  const statements = `for ${names.slice(0, SHOWN).join('; ')}${others}`;
  return [
    `${style.green('+')} ${style.bold(oneLine(on, columns - 2))}`,
    ...[trialText(addition), priceText(addition), statements]
      .filter(Boolean)
      .map((text) => style.dim(`  ${hanging(visible(text), columns, 2)}`)),
    `  ${style.dim('$')} ${style.cyan(visible(command))}`,
  ].join('\n');
}

/** What came of trying an index, in words. */
export function trialText({ trial, untried }: Addition): string {
  if (!trial) return `not tried: ${untried}`;
  const times = `${trial.atLeast ? 'at least ' : ''}${trial.gain >= 10 ? count(Math.floor(trial.gain)) : trial.gain.toFixed(1)}×`;
  return trial.measured
    ? `measured on ${trial.on}: ${times} as fast where it is used`
    : `the planner's estimate, with ${trial.on}: ${times} cheaper where it is used`;
}

/** What an index costs, in words; empty where it is not known. */
export function priceText({ price }: Addition): string {
  if (!price) return '';
  const inserts = price.insertMs && `an insert takes ${more(price)}`;
  return `its price: ${[`${size(price)} on disk`, inserts].filter(Boolean).join(', ')}`;
}

function removalLines({ name, sizeBytes, reason, command }: Removal, { style }: Screen) {
  return [
    `${style.red('-')} ${style.bold(visible(name))} ${style.dim(`${bytes(sizeBytes)}, ${visible(reason)}`)}`,
    `  ${style.dim('$')} ${style.cyan(visible(command))}`,
  ].join('\n');
}
