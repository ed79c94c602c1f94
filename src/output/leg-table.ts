import type { Explanation, Gain, Leg } from '../tuning/explanation.js';
import { changedPaths } from './access-paths.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { count, milliseconds, oneLine } from './text.js';

/** A line of the table: a leg, and the gain of the pair that it closes. */
interface Line {
  readonly leg: Leg;
  readonly gain: Gain | undefined;
  /** How the leg reads the tables whose indexes are compared. */
  readonly paths: string;
}

const WIDE = 110;

/** The legs, two lines for each reader: without and with the indexes, and what they gain. */
export function legTable(explanation: Explanation, screen: Screen): string {
  const { legs, gains, technique, tables } = explanation;
  const wide = screen.columns >= WIDE;
  const lines = legs.map((leg, place): Line => {
    const pair = Math.floor(place / 2);
    const [without, having] = legs.slice(pair * 2, pair * 2 + 2);
    if (!technique || !without || !having) return { leg, gain: undefined, paths: '' };
    const paths = changedPaths(without, having, tables, wide);
    const closes = leg === having;
    return {
      leg,
      gain: closes ? gains[pair] : undefined,
      paths: (closes ? paths.with : paths.without).join(', '),
    };
  });
  return table(lines, columnsOf(explanation, screen, wide ? 64 : 18), screen);
}

function columnsOf(explanation: Explanation, screen: Screen, pathsWidth: number): Column<Line>[] {
  const { legs, technique, tables, estimated } = explanation;
  const columns: (Column<Line> | false)[] = [
    legs[0]?.user !== null && { header: 'reader', cell: (line) => reader(line, screen) },
    technique === null && { header: 'strategy', cell: ({ leg }) => leg.statement },
    technique !== null && { header: 'leg', cell: ({ leg }) => leg.name },
    technique !== null && {
      header: `reads ${tables.join(', ')} by`,
      cell: ({ paths }) => oneLine(paths, pathsWidth),
    },
    !estimated && { header: 'buffers', align: 'right', cell: ({ leg }) => buffers(leg) },
    !estimated && { header: 'median   ±', align: 'right', cell: ({ leg }) => time(leg, screen) },
    estimated && { header: 'estimated cost', align: 'right', cell: ({ leg }) => cost(leg) },
    technique !== null && {
      header: 'gain',
      align: 'right',
      cell: ({ gain }) => (gain ? speedup(gain, screen) : ''),
    },
  ];
  return columns.filter((column) => column !== false);
}

export const SHORT = { median: 'median', '95th percentile': 'p95', largest: 'max' };

/** The reader on the first line of a pair, what the reader stands for on the second. */
function reader({ leg, gain }: Line, { style }: Screen): string {
  const { name, user, profile, followees } = leg;
  const follows = `follows ${count(followees ?? 0)}`;
  const about = style.dim(profile ? `${follows}, ${SHORT[profile]}` : follows);
  if (gain) return about;
  const who = oneLine(user ?? '', 18);
  return name === 'without' ? who : `${who} ${about}`;
}

export function buffers({ medianMs, buffers: { hit, read } }: Leg): string {
  return medianMs === null ? '' : count(hit + read);
}

function cost({ plan }: Leg): string {
  return count(Math.round(plan.root.cost));
}

/** The median and the spread of a leg's runs; the limit where it was stopped. */
export function time(
  { medianMs, stoppedAfterMs, runsMs }: Leg,
  { style }: Pick<Screen, 'style'>,
): string {
  if (medianMs === null) return `> ${milliseconds(stoppedAfterMs ?? 0)}${' '.repeat(5)}`;
  const spread = runsMs.length < 4 ? '' : `${Math.round((100 * deviation(runsMs)) / medianMs)}%`;
  return `${milliseconds(medianMs)} ${style.dim(spread.padStart(4))}`;
}

/** Half of the range in which the middle half of the runs lies. */
export function deviation(runsMs: readonly number[]): number {
  const sorted = [...runsMs].sort((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  return ((sorted.at(-1 - quarter) ?? 0) - (sorted[quarter] ?? 0)) / 2;
}

function speedup({ speedup, costRatio, atLeast }: Gain, { style }: Screen): string {
  const times = speedup ?? costRatio;
  if (times === null) return '?';
  const text = `${atLeast ? '≥' : ''}${times >= 10 ? count(Math.floor(times)) : times.toFixed(1)}×`;
  if (times < 0.95) return style.red(text);
  return times >= 2 ? style.green(text) : text;
}
