import { wrapAnsi } from 'fast-wrap-ansi';
import type { Explanation, Leg } from '../tuning/explanation.js';
import { buffers, SHORT, time } from './leg-table.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { count, oneLine, plural } from './text.js';

/** The strategies of the feed side by side: a block of lines for each reader. */
export function renderContests(explanation: Explanation, screen: Screen): string {
  const { legs, contests, runs, sameRows } = explanation;
  const { style } = screen;
  const rows = sameRows ? 'same rows from all' : 'rows compared as far as they came';
  const blocks = contests.map(({ user }) => legs.filter((leg) => leg.user === user));
  const right = contests.filter(({ fastest, auto }) => fastest === auto).length;
  const verdict = `auto takes the fastest for ${right} of ${plural(contests.length, 'reader')}.`;
  const stopped = legs.some(({ stoppedAfterMs }) => stoppedAfterMs !== null);
  return [
    [
      style.bold('feed: its strategies'),
      style.dim(`${rows} · ${plural(runs, 'run')} of each in turns, warm`),
    ].join('\n'),
    table(blocks.flat(), columnsOf(explanation, screen), screen),
    [verdict, ...(stopped ? ['> was stopped at the time limit.'] : [])]
      .map((line) => wrapAnsi(line, screen.columns))
      .join('\n'),
  ].join('\n\n');
}

function columnsOf({ legs, contests }: Explanation, screen: Screen): Column<Leg>[] {
  const contestOf = (leg: Leg) => contests.find(({ user }) => user === leg.user);
  const placeOf = (leg: Leg) => legs.filter(({ user }) => user === leg.user).indexOf(leg);
  const { style } = screen;
  return [
    { header: 'reader', cell: (leg) => reader(leg, placeOf(leg), screen) },
    {
      header: 'strategy',
      cell: (leg) => `${leg.name}${contestOf(leg)?.auto === leg.name ? style.dim(' (auto)') : ''}`,
    },
    { header: 'rows read', align: 'right', cell: ({ rowsRead }) => rowsCell(rowsRead) },
    { header: 'buffers', align: 'right', cell: buffers },
    { header: 'median   ±', align: 'right', cell: (leg) => time(leg, screen) },
    {
      header: '',
      cell: (leg) => (contestOf(leg)?.fastest === leg.name ? style.green('fastest') : ''),
    },
  ];
}

/** The reader's name, then how many are followed, then what the reader stands for. */
function reader({ user, followees, profile }: Leg, place: number, { style }: Screen): string {
  if (place === 0) return oneLine(user ?? '', 18);
  if (place === 1) return style.dim(`follows ${count(followees ?? 0)}`);
  return place === 2 && profile ? style.dim(SHORT[profile]) : '';
}

function rowsCell(rowsRead: number | null): string {
  return rowsRead === null ? '' : count(Math.round(rowsRead));
}
