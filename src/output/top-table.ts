import type { Reading } from '../top/snapshot.js';
import { compact } from './figures.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { oneLine } from './text.js';

/** The line above a table. */
export function section(title: string, about: string, { style }: Screen): string {
  return `${style.bold(title)}  ${style.dim(about)}`.trimEnd();
}

/** A table, or why there is none. */
export function body<T>(
  title: string,
  { data, trouble }: Reading<T>,
  screen: Screen,
  render: (data: T) => string[],
): string[] {
  const { style, columns } = screen;
  if (trouble) {
    return [section(title, '', screen), style.yellow(oneLine(trouble, columns))];
  }
  return data === null ? [section(title, '…', screen)] : render(data);
}

/** A column as wide at each look; its header stands out when it is what the table is sorted by. */
export function column<Row>(
  header: string,
  order: string,
  cell: (row: Row) => string,
  width: number,
): Column<Row> {
  const marked = header === order ? `${header}↓` : header;
  return {
    header: marked.padStart(width),
    align: 'right',
    cell: (row) => cell(row).padStart(width),
  };
}

/** `3.5/s`; nothing where there was nothing. */
export function rateText(rate: number | null): string {
  if (!rate) return '';
  return rate < 10 ? `${rate.toFixed(1)}/s` : `${compact(rate)}/s`;
}

/** A statement on one line, without its leading comment. */
export function screenText(query: string, width: number): string {
  return oneLine(query.replace(/^\s*(--.*\n\s*)+/, ''), width);
}

/** The first rows of a table, on exactly so many lines, so that what is below stays where it is. */
export function fixed<Row>(
  all: readonly Row[],
  rows: number,
  columns: Column<Row>[],
  screen: Screen,
): string[] {
  const lines = table(all.slice(0, Math.max(0, rows)), columns, screen).split('\n');
  const height = Math.min(rows, screen.stdout.isTTY ? rows : all.length) + 1;
  return [...lines, ...new Array(height).fill('')].slice(0, height);
}
