import type { IndexUse, LockWait, SlowStatement, Snapshot } from '../top/snapshot.js';
import { compact } from './figures.js';
import type { Screen } from './screen.js';
import type { Column } from './table.js';
import { bytes, count, milliseconds, oneLine } from './text.js';
import { lasting } from './top.js';
import { body, column, fixed, rateText, screenText, section } from './top-table.js';

export const STATEMENT_ORDERS = ['load', 'mean', 'calls'] as const;
export const INDEX_ORDERS = ['scans/s', 'scans', 'size'] as const;

/** By what the tables are sorted. */
export interface Sorting {
  readonly statements: (typeof STATEMENT_ORDERS)[number];
  readonly indexes: (typeof INDEX_ORDERS)[number];
}

/** Rows of each table where nobody says how many lines there are. */
const UNBOUND = 10;
const MOST_LOCKS = 4;

/**
 * What is slow, what waits and what is used, as many rows of each as `room` lines hold: first those who
 * wait, since somebody is waiting for them.
 */
export function topTables(
  { statements, locks, indexes }: Snapshot,
  sorting: Sorting,
  room: number | undefined,
  screen: Screen,
): string[] {
  const waits = locks.data?.length ?? 0;
  const lockRows = Math.min(waits, room === undefined ? UNBOUND : MOST_LOCKS);
  // Titles, headers and the empty lines between the tables.
  const frame = 2 + 1 + 1 + (lockRows > 0 ? 1 : 0) + 1 + 2;
  const rest = room === undefined ? 2 * UNBOUND : Math.max(2, room - frame - lockRows);
  const statementRows = Math.ceil(rest * 0.55);
  return [
    ...statementTable(statements, sorting, statementRows, screen),
    '',
    ...lockTable(locks, lockRows, screen),
    '',
    ...indexTable(indexes, sorting, rest - statementRows, screen),
  ];
}

function statementTable(
  reading: Snapshot['statements'],
  { statements: order }: Sorting,
  rows: number,
  screen: Screen,
): string[] {
  return body('SLOW STATEMENTS', reading, screen, ({ source, statements }) => {
    const counted = source === 'pg_stat_statements';
    const about = counted
      ? `by ${order}`
      : 'running now, the longest first (no pg_stat_statements)';
    const columns: Column<SlowStatement>[] = counted
      ? [
          column('load', order, ({ loadMs }) => (loadMs ? `${compact(loadMs)} ms/s` : ''), 9),
          column('mean', order, ({ meanMs }) => (meanMs === null ? '–' : milliseconds(meanMs)), 8),
          column('calls', order, ({ callsPerSecond: rate }) => rateText(rate), 8),
        ]
      : [
          {
            header: 'running',
            align: 'right',
            cell: ({ runningMs }) => lasting(runningMs ?? 0).padStart(8),
          },
        ];
    const used = counted ? 31 : 10;
    const width = Math.max(20, screen.columns - used);
    const sorted = counted ? [...statements].sort(byStatement(order)) : statements;
    return [
      section('SLOW STATEMENTS', about, screen),
      ...fixed(
        sorted,
        rows,
        [...columns, { header: 'statement', cell: ({ query }) => screenText(query, width) }],
        screen,
      ),
    ];
  });
}

function byStatement(order: Sorting['statements']) {
  const value = ({ loadMs, meanMs, callsPerSecond }: SlowStatement) =>
    ({ load: loadMs, mean: meanMs, calls: callsPerSecond })[order] ?? 0;
  return (a: SlowStatement, b: SlowStatement) =>
    value(b) - value(a) || (b.meanMs ?? 0) - (a.meanMs ?? 0);
}

function lockTable(reading: Snapshot['locks'], rows: number, screen: Screen): string[] {
  const title = 'LOCKS THAT WAIT';
  return body(title, reading, screen, (locks) => {
    if (locks.length === 0) return [section(title, 'none', screen)];
    const width = Math.max(10, Math.floor((screen.columns - 34) / 2));
    const more = locks.length > rows ? `${count(locks.length)} sessions` : '';
    const columns: Column<LockWait>[] = [
      { header: '    pid', align: 'right', cell: ({ pid }) => String(pid).padStart(7) },
      {
        header: '    for',
        align: 'right',
        cell: ({ waitingMs }) => lasting(waitingMs).padStart(7),
      },
      { header: 'lock', cell: ({ lock }) => oneLine(lock, 12) },
      { header: 'statement', cell: ({ query }) => screenText(query, width) },
      { header: 'blocked by', cell: ({ blockedBy }) => oneLine(blockers(blockedBy), width) },
    ];
    return [section(title, more, screen), ...fixed(locks, rows, columns, screen)];
  });
}

function blockers(blockedBy: LockWait['blockedBy']): string {
  return blockedBy.map(({ pid, doing }) => `${pid} ${doing}`).join('; ');
}

function indexTable(
  reading: Snapshot['indexes'],
  { indexes: order }: Sorting,
  rows: number,
  screen: Screen,
): string[] {
  const title = 'INDEX USE';
  return body(title, reading, screen, (indexes) => {
    const value = ({ scansPerSecond, scans, sizeBytes }: IndexUse) =>
      ({ 'scans/s': scansPerSecond ?? 0, scans, size: sizeBytes })[order];
    const sorted = [...indexes].sort(
      (a, b) => value(b) - value(a) || b.scans - a.scans || (a.index < b.index ? -1 : 1),
    );
    const unused = indexes.filter(({ scans }) => scans === 0).length;
    const about = `by ${order}${unused > 0 ? `, ${unused} of ${indexes.length} never used` : ''}`;
    const columns: Column<IndexUse>[] = [
      column('scans/s', order, ({ scansPerSecond }) => rateText(scansPerSecond), 9),
      column('scans', order, ({ scans }) => compact(scans), 8),
      column('size', order, ({ sizeBytes }) => bytes(sizeBytes), 8),
      { header: 'index', cell: ({ index }) => oneLine(index, 40) },
      { header: 'on', cell: ({ table }) => screen.style.dim(oneLine(table, 20)) },
    ];
    return [section(title, about, screen), ...fixed(sorted, rows, columns, screen)];
  });
}
