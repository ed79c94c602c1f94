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
    `${change.worse ? style.red('worse') : style.yellow('other')}  ${pagesLine(change)}`,
    ...grouped(change.gone).map((node) => `  ${style.red('-')} ${node}`),
    ...grouped(change.came).map((node) => `  ${style.green('+')} ${node}`),
  ]);
}

/** `heads, @alice: 1,234 buffers instead of 25, Seq Scan on posts instead of Index Scan …`, one line. */
export function describeChange(change: PlanChange): string {
  const { gone, came } = change;
  if (gone.length + came.length === 0) return pagesLine(change);
  const nodes = (lines: readonly string[]) => grouped(lines).join(', ') || 'nothing';
  return `${pagesLine(change)}, ${nodes(came)} instead of ${nodes(gone)}`;
}

function pagesLine({ leg, buffersBefore, buffersAfter, gone, came }: PlanChange): string {
  const [before, after] = [pagesText(buffersBefore), pagesText(buffersAfter)];
  const pages = before === after ? `${after} as before` : `${after} instead of ${before}`;
  return `${leg}: ${pages}${gone.length + came.length === 0 ? ', by the same plan' : ''}`;
}

/** What is there twice, once: `2 × Index Scan on posts`. */
function grouped(nodes: readonly string[]): string[] {
  return [...new Set(nodes)].map((node) => {
    const times = nodes.filter((other) => other === node).length;
    return times > 1 ? `${times} × ${node}` : node;
  });
}

function pagesText(buffers: number | null): string {
  return buffers === null ? 'stopped at the time limit' : plural(buffers, 'buffer');
}
