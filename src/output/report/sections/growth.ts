import type { Leg } from '../../../tuning/explanation.js';
import type { GrownComparison } from '../../../tuning/growth.js';
import type { Report } from '../../../tuning/report/report.js';
import { gainText } from '../../page/figures.js';
import { bytes, count, milliseconds } from '../../text.js';
import { type Block, type Line, type Lines, type Section, text } from '../document.js';
import { buffersOf } from '../legs.js';

/** How the gain grows with the data. */
export function growthSection({ growth }: Report): Section {
  const title = 'How it grows with the data';
  if ('reason' in growth) return { title, blocks: [text(`Not measured: ${growth.reason}.`)] };
  const { sizes } = growth.measured;
  return {
    title,
    blocks: [
      text(
        'The same comparison on made-up networks of growing size, each in a scratch schema of its own, which was dropped again; the reader is the median one of each.',
        'Without its indexes a feed costs the more the more posts there are, since all of them are read; with them it costs what the page costs.',
        'Both scales of the charts are logarithmic.',
      ),
      growthTable(sizes),
      chart(sizes, TIME),
      chart(sizes, BUFFERS),
    ],
  };
}

const legIn = ({ legs }: GrownComparison, name: string) => legs.find((leg) => leg.name === name);
const timeOf = (leg: Leg | undefined) => leg?.medianMs ?? leg?.stoppedAfterMs ?? 0;
const timeText = (leg: Leg | undefined) =>
  `${leg?.medianMs === null ? '> ' : ''}${milliseconds(timeOf(leg))}`;

function growthTable(sizes: readonly GrownComparison[]): Block {
  const header = (name: string) => ({ header: name, number: true });
  return {
    kind: 'table',
    columns: [
      ...['posts', 'buffers without', 'with', 'median without', 'with', 'gain', 'index size'],
    ].map(header),
    rows: sizes.map((size) => {
      const [without, having] = [legIn(size, 'without'), legIn(size, 'with')];
      const [gain] = size.gains;
      return [
        count(size.posts),
        without ? buffersOf(without) : '',
        having ? buffersOf(having) : '',
        timeText(without),
        timeText(having),
        gain ? gainText(gain) : '',
        bytes(size.prices.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)),
      ];
    }),
  };
}

interface Measure {
  readonly name: string;
  readonly caption: string;
  readonly of: (leg: Leg | undefined) => number;
  readonly shown: (leg: Leg | undefined) => string;
  readonly tick: (value: number) => string;
}

const TIME: Measure = {
  name: 'growth-time',
  caption: 'The feed of the median reader: median time by the number of posts',
  of: timeOf,
  shown: timeText,
  tick: (ms) => (ms < 1_000 ? `${ms} ms` : `${count(ms / 1_000)} s`),
};

const BUFFERS: Measure = {
  name: 'growth-buffers',
  caption: 'The same: pages of 8 kB that the statement touches',
  of: (leg) => (leg ? leg.buffers.hit + leg.buffers.read : 0),
  shown: (leg) => (leg ? buffersOf(leg) : ''),
  tick: count,
};

function chart(sizes: readonly GrownComparison[], measure: Measure): Lines {
  const { name, caption, tick } = measure;
  const line = (label: string, tone: Line['tone']): Line => ({
    label,
    tone,
    points: sizes
      .map((size) => ({ posts: size.posts, leg: legIn(size, label) }))
      // A logarithmic scale has no place for a leg that was stopped before it was counted.
      .filter(({ leg }) => measure.of(leg) > 0)
      .map(({ posts, leg }) => ({
        x: posts,
        y: measure.of(leg),
        label: count(posts),
        shown: measure.shown(leg),
      })),
  });
  const lines = [line('without', 'before'), line('with', 'after')].filter(
    ({ points }) => points.length > 0,
  );
  return { kind: 'lines', name, caption, axis: 'posts', lines, tick };
}
