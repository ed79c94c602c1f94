import stringWidth from 'fast-string-width';
import type { CacheUse, Snapshot } from '../top/snapshot.js';
import { bar, compact } from './figures.js';
import type { Screen } from './screen.js';
import { sparkline } from './sparkline.js';
import { bytes, count, milliseconds, oneLine, plural } from './text.js';
import { type Sorting, topTables } from './top-tables.js';

/** How the screen is to be drawn. */
export interface TopView {
  /** Where the database is, without secrets. */
  readonly address: string;
  readonly intervalMs: number;
  readonly sorting: Sorting;
  readonly paused: boolean;
  readonly help: boolean;
  /** Transactions a second of the last looks, the latest last. */
  readonly history: readonly number[];
  /** Lines there are; undefined for as many as it takes. */
  readonly height?: number;
}

const LABEL = 13;

/** The whole screen: what flows on top, in a line each; below what is slow, what waits, what is used. */
export function topScreen(snapshot: Snapshot, view: TopView, screen: Screen): string[] {
  const { style, columns } = screen;
  const head = [
    heading(snapshot, view, screen),
    '',
    gauge('requests', snapshot.requests, screen, (data) => [
      perSecond(data.transactionsPerSecond, 'tx/s'),
      style.cyan(sparkline(view.history, Math.max(10, Math.min(30, columns - 66)))),
      data.statementsPerSecond === null ? '' : perSecond(data.statementsPerSecond, 'statements/s'),
      data.rolledBackPerSecond ? perSecond(data.rolledBackPerSecond, 'rolled back/s') : '',
    ]),
    gauge('connections', snapshot.requests, screen, (data) => [
      `${count(data.connections)} of ${count(data.maxConnections)}`,
      `${count(data.active)} active`,
      data.bufferHitRatio === null ? '' : `${percent(data.bufferHitRatio)} of pages from memory`,
    ]),
    gauge('cache', snapshot.cache, screen, (data) => [
      ...hits(data.hitRatio ?? data.totalHitRatio, screen),
      feedsRead(data),
      `${perSecond(data.commandsPerSecond, 'commands/s')}`,
      bytes(data.memoryBytes),
    ]),
    gauge('outbox', snapshot.outbox, screen, (data) => [
      data.waiting === 0 ? 'empty' : plural(data.waiting, 'event waits', 'events wait'),
      data.oldestMs === null ? '' : `the oldest for ${lasting(data.oldestMs)}`,
      data.setAside > 0 ? style.yellow(`${count(data.setAside)} set aside`) : '',
    ]),
    gauge('activity', snapshot.activity, screen, ({ perMinute, store }) => [
      `${compact(perMinute.at(-1) ?? 0)} this minute`,
      style.cyan(sparkline(perMinute, perMinute.length)),
      `peak ${compact(Math.max(...perMinute))}, 30 min`,
      store === 'mongodb' ? 'MongoDB' : 'PostgreSQL',
    ]),
    '',
  ];
  const room = view.height === undefined ? undefined : view.height - head.length - 1;
  const body = view.help ? helpLines(screen) : topTables(snapshot, view.sorting, room, screen);
  const lines = [...head, ...body];
  if (view.height === undefined) return lines;
  const padded = [...lines, ...new Array<string>(view.height).fill('')].slice(0, view.height - 1);
  return [...padded, style.dim('q quit  p pause  s sort statements  i sort indexes  ? help')];
}

function heading({ at }: Snapshot, view: TopView, { style, columns }: Screen): string {
  const state = view.paused
    ? style.cyan.bold('paused')
    : style.dim(`every ${lasting(view.intervalMs)}`);
  const time = style.dim(`${at.slice(11, 19)} UTC`);
  const right = `${time}  ${state}`;
  const left = `${style.bold('socialdb top')}  ${style.dim(oneLine(view.address, columns - 45))}`;
  const gap = Math.max(2, Math.min(columns, 140) - stringWidth(left) - stringWidth(right));
  return left + ' '.repeat(gap) + right;
}

/** A line: what it is about, its figures, and what is wrong where they are old or absent. */
function gauge<T>(
  label: string,
  { data, trouble }: { data: T | null; trouble: string | null },
  { style, columns }: Screen,
  figures: (data: T) => string[],
): string {
  const name = style.dim(label.padEnd(LABEL));
  if (trouble) return name + style.yellow(oneLine(trouble, columns - LABEL));
  if (data === null) return name + style.dim('…');
  const [first = '', ...rest] = figures(data).filter(Boolean);
  let line = `${name}${style.bold(first)}`;
  for (const figure of rest) {
    // What does not fit is left out, the least important last.
    if (stringWidth(line) + 2 + stringWidth(figure) <= columns) line += `  ${figure}`;
  }
  return line;
}

function perSecond(value: number | null, unit: string): string {
  if (value === null) return `– ${unit}`;
  return `${value > 0 && value < 10 ? value.toFixed(1) : count(Math.round(value))} ${unit}`;
}

function hits(ratio: number | null, { style }: Screen): string[] {
  if (ratio === null) return ['–'];
  return [percent(ratio), style.cyan(bar(ratio, 10))];
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

function feedsRead({ hitRatio, totalHitRatio, readsPerSecond }: CacheUse): string {
  if (hitRatio !== null) return `of ${perSecond(readsPerSecond, 'feeds/s')}`;
  return totalHitRatio === null ? 'no feed was read yet' : 'of all feeds so far';
}

/** `3 s`, `4 min`, `2 h`: a stretch of time in one unit. */
export function lasting(ms: number): string {
  if (ms < 1_000) return milliseconds(ms).replace(/\.\d+/, '');
  const seconds = ms / 1_000;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

function helpLines({ style }: Screen): string[] {
  const keys: [string, string][] = [
    ['q, Ctrl-C', 'quit'],
    ['Ctrl-Z', 'stop for a while; the shell goes on with fg'],
    ['p, space', 'pause: the figures stand still; again to go on'],
    ['s', 'sort the statements by the next column'],
    ['1 2 3', 'sort the statements by load, mean, calls'],
    ['i', 'sort the indexes by the next column'],
    ['?, h', 'this help'],
  ];
  return [
    style.bold('Keys'),
    ...keys.map(([key, does]) => `  ${style.cyan(key.padEnd(11))}${does}`),
    '',
    style.bold('Figures'),
    '  load    milliseconds of execution in a second; 1,000 keep one core busy',
    '  mean    of the calls since the last look; where there was none, of all',
    '  –       not known yet: a rate needs two looks',
  ];
}
