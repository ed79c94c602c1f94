import type { Screen } from '../../src/output/screen.js';
import { table } from '../../src/output/table.js';
import { count, milliseconds } from '../../src/output/text.js';
import type { Result } from './measure.js';
import { type Figure, isMet, type Limit, type Row, type Unit } from './row.js';

/** A row for the terminal. */
export function renderRow({ row, figures, skipped, seconds }: Result, screen: Screen): string {
  const { style } = screen;
  const title = `\n${style.bold(row.title)}  ${style.dim(`${row.key}, ${seconds} s`)}`;
  return `${title}\n${skipped ? `not measured: ${skipped}` : renderFigures(figures, row.columns, screen)}`;
}

function renderFigures(
  figures: readonly Figure[],
  [measured, against]: Row['columns'],
  screen: Screen,
): string {
  const { style } = screen;
  const mark = (figure: Figure) => {
    const met = isMet(figure);
    if (met === undefined) return style.dim(figure.note ?? '');
    return met ? style.green('met') : style.red('not met');
  };
  return table(
    figures,
    [
      { header: '', cell: ({ what }) => what },
      { header: measured, cell: (figure) => amount(figure.measured, figure.unit), align: 'right' },
      { header: against, cell: (figure) => amount(figure.against, figure.unit), align: 'right' },
      { header: 'ratio', cell: ({ ratio }) => times(ratio), align: 'right' },
      { header: 'limit', cell: ({ limit }) => limitText(limit) },
      { header: '', cell: mark },
    ],
    screen,
  );
}

export function amount(value: number, unit: Unit): string {
  if (unit === 'ms') return milliseconds(value);
  return `${count(Math.round(value))}${unit.startsWith('/') ? unit : ` ${unit}`}`;
}

/** A ratio with as many digits as it deserves: `0.94×`, `12.3×`, `347×`. */
export function times(ratio: number): string {
  if (ratio >= 100) return `${count(Math.round(ratio))}×`;
  return `${ratio.toFixed(ratio >= 10 ? 1 : 2)}×`;
}

export function limitText(limit: Limit | undefined): string {
  if (!limit) return '';
  return 'atLeast' in limit ? `at least ${limit.atLeast}×` : `at most ${limit.atMost}×`;
}
