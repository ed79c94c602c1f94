import Table from 'cli-table3';
import type { Screen } from './screen.js';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => string;
  /** Numbers stand on the right. */
  readonly align?: 'left' | 'right';
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A table without lines: a dim header, then a row each, columns two spaces apart. */
export function table<Row>(
  rows: readonly Row[],
  columns: Column<Row>[],
  { style }: Screen,
): string {
  const lines = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ align }) => align ?? 'left'),
  });
  lines.push(
    columns.map(({ header }) => style.dim(header)),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  );
  return lines
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
