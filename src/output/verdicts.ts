import { wrapAnsi } from 'fast-wrap-ansi';
import type { Verdict } from '../tuning/assertions.js';
import type { PlanChange } from '../tuning/baseline.js';
import type { Screen } from './screen.js';
import { plural } from './text.js';

/** What was asserted and how it ended, and how the plans differ from those of before. */
export function renderVerdicts(
  {
    assertions,
    changes,
  }: { assertions: readonly Verdict[]; changes: readonly PlanChange[] | null },
  screen: Screen,
): string[] {
  const { style, columns } = screen;
  const verdicts = assertions.map(({ assertion, holds, saw }) =>
    holds
      ? `${style.green('holds')}  ${assertion}`
      : `${style.red('fails')}  ${assertion}: ${saw.join(', ')}`,
  );
  const blocks = [verdicts, changes === null ? [] : changeLines(changes, screen)];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => wrapAnsi(line, columns, { trim: false })).join('\n'));
}

function changeLines(changes: readonly PlanChange[], { style }: Screen): string[] {
  if (changes.length === 0) return [`${style.green('same')}   the plans are what they were`];
  return changes.flatMap((change) => [
    `${change.worse ? style.red('worse') : style.yellow('other')}  ${pagesOf(change)}`,
    ...change.gone.map((node) => `       ${style.red('-')} ${node}`),
    ...change.came.map((node) => `       ${style.green('+')} ${node}`),
  ]);
}

/** `heads, @alice: 1,234 buffers instead of 25 buffers; Seq Scan on posts instead of Index …`, one line. */
export function describeChange(change: PlanChange): string {
  const { gone, came } = change;
  if (gone.length + came.length === 0) return `${pagesOf(change)}, by the same plan`;
  const list = (nodes: readonly string[]) => [...new Set(nodes)].join(', ') || 'nothing';
  return `${pagesOf(change)}; ${list(came)} instead of ${list(gone)}`;
}

function pagesOf({ leg, buffersBefore, buffersAfter }: PlanChange): string {
  const text = (buffers: number | null) =>
    buffers === null ? 'stopped at the time limit' : plural(buffers, 'buffer');
  const same = buffersBefore === buffersAfter;
  return `${leg}: ${text(buffersAfter)} ${same ? 'as before' : `instead of ${text(buffersBefore)}`}`;
}
