import { wrapAnsi } from 'fast-wrap-ansi';
import type { Leg } from '../tuning/explanation.js';
import type { GrownComparison, Growth } from '../tuning/growth.js';
import { bar, compact } from './figures.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { bytes, count, milliseconds, plural } from './text.js';

/** How the gain grows with the data: a line for each size, and a chart. */
export function renderGrowth({ sizes }: Growth, screen: Screen): string {
  const { style } = screen;
  const [first] = sizes;
  if (!first) return 'No sizes to compare.';
  return [
    [
      style.bold(`${feedOf(first)}: without and with ${first.indexes.join(', ')}`),
      style.dim(
        `${first.technique} · the median reader · ${plural(first.runs, 'run')} of each leg`,
      ),
    ]
      .map((line) => wrapAnsi(line, screen.columns))
      .join('\n'),
    table(sizes, COLUMNS, screen),
    chart(sizes, screen),
  ].join('\n\n');
}

/** What is compared; at each size the planner may have chosen otherwise. */
const feedOf = ({ strategy }: GrownComparison) =>
  strategy === 'auto'
    ? 'the feed as it is read, and the cheapest way to it'
    : `feed, strategy ${strategy}`;

const legOf = ({ legs }: GrownComparison, name: string) => legs.find((leg) => leg.name === name);
const timeOf = (leg: Leg | undefined) => leg?.medianMs ?? leg?.stoppedAfterMs ?? 0;

function timeCell(leg: Leg | undefined): string {
  return `${leg?.medianMs === null ? '> ' : ''}${milliseconds(timeOf(leg))}`;
}

function buffersCell(leg: Leg | undefined): string {
  if (!leg || leg.medianMs === null) return '';
  return compact(leg.buffers.hit + leg.buffers.read);
}

const COLUMNS: Column<GrownComparison>[] = [
  { header: 'posts', align: 'right', cell: ({ posts }) => count(posts) },
  { header: 'follows', align: 'right', cell: (size) => count(legOf(size, 'with')?.followees ?? 0) },
  { header: 'buffers', align: 'right', cell: (size) => buffersCell(legOf(size, 'without')) },
  { header: 'with', align: 'right', cell: (size) => buffersCell(legOf(size, 'with')) },
  { header: 'median', align: 'right', cell: (size) => timeCell(legOf(size, 'without')) },
  { header: 'with', align: 'right', cell: (size) => timeCell(legOf(size, 'with')) },
  { header: 'gain', align: 'right', cell: gainCell },
  {
    header: 'index size',
    align: 'right',
    cell: ({ prices }) => bytes(prices.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)),
  },
];

function gainCell({ speedup, gains }: GrownComparison): string {
  if (speedup === null) return '?';
  const text = speedup >= 10 ? count(Math.floor(speedup)) : speedup.toFixed(1);
  return `${gains.some(({ atLeast }) => atLeast) ? '≥' : ''}${text}×`;
}

const WIDEST = 60;

/** A bar for each leg of each size; on a logarithmic scale, else the smaller ones would vanish. */
function chart(sizes: readonly GrownComparison[], { style, columns }: Screen): string {
  const legs = sizes.flatMap((size) =>
    ['without', 'with'].map((name) => ({ size, name, ms: timeOf(legOf(size, name)) })),
  );
  const times = legs.map(({ ms }) => ms).filter((ms) => ms > 0);
  const floor = Math.min(...times) / 2;
  const span = Math.log(Math.max(...times) / floor);
  const labels = sizes.map(({ posts }) => compact(posts).length);
  const label = Math.max(...labels);
  const width = Math.min(WIDEST, columns - label - 22);
  const lines = legs.map(({ size, name, ms }) => {
    const share = ms > 0 ? Math.log(ms / floor) / span : 0;
    const posts = name === 'without' ? compact(size.posts) : '';
    const drawn = bar(share, width);
    const painted = name === 'without' ? style.yellow(drawn) : style.green(drawn);
    return `${posts.padStart(label)} ${name.padEnd(7)} ${painted} ${milliseconds(ms)}`;
  });
  return [...lines, style.dim(`${' '.repeat(label)} median time, on a logarithmic scale`)].join(
    '\n',
  );
}
