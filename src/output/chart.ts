import type { Screen } from './screen.js';
import { count } from './text.js';

export interface Bar {
  readonly value: number;
  /** Stands out: another colour, and a mark below. */
  readonly marked: boolean;
}

export interface ChartOptions {
  /** Lines above the axis. */
  readonly height: number;
  /** What stands below the first bar and below the last. */
  readonly ends: readonly [string, string];
}

const EIGHTHS = ' ▁▂▃▄▅▆▇█';
const WIDEST_BAR = 6;

/** How many bars a chart of this screen has room for. */
export function barsThatFit(screen: Screen): number {
  return Math.max(20, Math.min(screen.columns, 120) - 12);
}

/** Upright bars over a time axis, the scale on the left. */
export function barChart(bars: readonly Bar[], options: ChartOptions, screen: Screen): string {
  const { style } = screen;
  const { height, ends } = options;
  const highest = Math.max(1, ...bars.map(({ value }) => value));
  const scale = count(highest).length;
  const barWidth = Math.max(1, Math.min(WIDEST_BAR, Math.floor(barsThatFit(screen) / bars.length)));
  const gap = barWidth > 2 ? 1 : 0;
  const row = (cell: (bar: Bar) => string) =>
    bars.map((bar) => cell(bar).repeat(barWidth - gap) + ' '.repeat(gap)).join('');
  const paint = ({ marked }: Bar, text: string) => (marked ? style.yellow(text) : style.cyan(text));

  const lines: string[] = [];
  for (let level = height - 1; level >= 0; level--) {
    const label = level === height - 1 ? count(highest) : '';
    lines.push(
      `${style.dim(`${label.padStart(scale)} │`)} ${row((bar) => paint(bar, block(bar.value, highest, level, height)))}`,
    );
  }
  const width = bars.length * barWidth - gap;
  const margin = ' '.repeat(scale + 3);
  lines.push(style.dim(`${'0'.padStart(scale)} └─${'─'.repeat(width)}`));
  if (bars.some(({ marked }) => marked)) {
    lines.push(margin + row(({ marked }) => (marked ? style.yellow('▲') : ' ')));
  }
  const [from, to] = ends;
  const between = Math.max(2, width - from.length - to.length);
  lines.push(margin + style.dim(bars.length > 1 ? from + ' '.repeat(between) + to : from));
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** The part of a bar that lies on one line, in eighths of a line; what is not zero shows. */
function block(value: number, highest: number, level: number, height: number): string {
  const eighths = value > 0 ? Math.max(1, Math.round((value / highest) * height * 8)) : 0;
  return EIGHTHS[Math.max(0, Math.min(8, eighths - level * 8))] ?? ' ';
}
