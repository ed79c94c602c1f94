import { EVENT_TYPES } from '../activity/event.js';
import type { ActivityStats, StatsBucket } from '../activity/stats.js';
import { storeName } from './activity.js';
import { type Bar, barChart, barsThatFit } from './chart.js';
import type { Screen } from './screen.js';
import { table } from './table.js';
import { count, hanging, oneLine, plural } from './text.js';

const CHART_HEIGHT = 8;
const PEAKS_SHOWN = 5;

/** The chart, the peaks, who and what; one screen, however long the stretch. */
export function statsScreen(stats: ActivityStats, screen: Screen): string {
  const { style } = screen;
  const [first, last] = [stats.buckets[0], stats.buckets.at(-1)];
  if (!first || !last) {
    return 'No activity to count. Follow, post or like something, then: socialdb activity stats';
  }
  const title = `${plural(stats.total, 'event')} by ${stats.by} (UTC)`;
  return [
    `${style.bold(title)}${style.dim(`, from ${storeName(stats.store)}`)}`,
    '',
    chart(stats, screen),
    '',
    peaks(stats, screen),
    '',
    types(stats, screen),
    '',
    mostActive(stats, screen),
  ].join('\n');
}

function mostActive({ topActors }: ActivityStats, { style, columns }: Screen): string {
  const label = 'Most active  ';
  const actors = topActors.map(({ name, count: done }) => `${oneLine(name, 24)} ${count(done)}`);
  return style.dim(label) + hanging(actors.join(', '), columns, label.length);
}

/** A line for each bucket, a column for each type, for spreadsheets. */
export function statsCsv({ buckets }: ActivityStats): string {
  return [
    ['at', 'total', ...EVENT_TYPES].join(','),
    ...buckets.map(({ at, total, counts }) =>
      [at, total, ...EVENT_TYPES.map((type) => counts[type] ?? 0)].join(','),
    ),
  ].join('\n');
}

function chart({ buckets, peaks, by }: ActivityStats, screen: Screen): string {
  const high = new Set(peaks.map(({ at }) => at));
  const perBar = Math.ceil(buckets.length / barsThatFit(screen));
  const bars: Bar[] = [];
  // The highest of those that share a bar stands for them: a sum or a mean would hide peaks.
  for (let start = 0; start < buckets.length; start += perBar) {
    const group = buckets.slice(start, start + perBar);
    bars.push({
      value: Math.max(...group.map(({ total }) => total)),
      marked: group.some(({ at }) => high.has(at)),
    });
  }
  const ends = [label(buckets[0], by), label(buckets.at(-1), by)] as const;
  const drawn = barChart(bars, { height: CHART_HEIGHT, ends }, screen);
  const note = `each bar is the highest of ${plural(perBar, by)}`;
  return perBar > 1 ? `${drawn}\n${screen.style.dim(note)}` : drawn;
}

function label(bucket: StatsBucket | undefined, by: ActivityStats['by']): string {
  return (bucket?.at ?? '').slice(0, by === 'day' ? 10 : 16).replace('T', ' ');
}

function peaks({ peaks, by }: ActivityStats, screen: Screen): string {
  if (peaks.length === 0) return screen.style.dim('No peaks: no bucket stands out.');
  const highest = [...peaks].sort((a, b) => b.score - a.score).slice(0, PEAKS_SHOWN);
  const shown = table(
    highest,
    [
      {
        header: `peak ${by}`,
        cell: (peak) => screen.style.yellow(label({ ...peak, total: 0, counts: {} }, by)),
      },
      { header: 'events', cell: (peak) => count(peak.count), align: 'right' },
      { header: 'usual', cell: (peak) => count(peak.expected), align: 'right' },
      { header: 'score', cell: (peak) => peak.score.toFixed(1), align: 'right' },
    ],
    screen,
  );
  const more = peaks.length - highest.length;
  return more > 0
    ? `${shown}\n${screen.style.dim(`and ${plural(more, 'lower peak')}: --json`)}`
    : shown;
}

function types({ counts, total }: ActivityStats, screen: Screen): string {
  const rows = EVENT_TYPES.flatMap((type) => {
    const events = counts[type];
    return events ? [{ type, events }] : [];
  }).sort((a, b) => b.events - a.events);
  return table(
    rows,
    [
      { header: 'type', cell: ({ type }) => type },
      { header: 'events', cell: ({ events }) => count(events), align: 'right' },
      {
        header: 'share',
        cell: ({ events }) => `${((events / total) * 100).toFixed(1)} %`,
        align: 'right',
      },
    ],
    screen,
  );
}
