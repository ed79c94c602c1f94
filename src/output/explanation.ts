import wrapAnsi from 'wrap-ansi';
import type { Explanation, Gain, Leg } from '../tuning/explanation.js';
import { indexesOf } from '../tuning/plan.js';
import { changedPaths } from './access-paths.js';
import { planTree } from './plan.js';
import { planFooter } from './plan-footer.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { count, milliseconds, oneLine, plural } from './text.js';

/** An explanation on the screen: what was measured and how, the table, the plans. */
export function renderExplanation(explanation: Explanation, screen: Screen): string {
  const { legs, technique } = explanation;
  const shown = legs.slice(0, technique ? 2 : 1);
  const sections = [
    headline(explanation, screen),
    ...(technique || legs.length > 1 ? [legTable(explanation, screen)] : []),
    ...remarks(explanation, screen),
    ...shown.map((leg) => planSection(leg, explanation, screen)),
  ];
  return sections.join('\n\n');
}

function headline(explanation: Explanation, { style, columns }: Screen): string {
  const { technique, indexes, subject, strategy, runs, sameRows } = explanation;
  const what = strategy ? `${subject}, strategy ${strategy}` : subject;
  if (!technique) {
    return `${style.bold(what)}${runs > 1 ? style.dim(` · median of ${plural(runs, 'run')}`) : ''}`;
  }
  const rows = sameRows ? 'same rows in both legs' : 'rows not compared';
  return [
    style.bold(`${what}: without and with ${indexes.join(', ')}`),
    style.dim(`${technique} · ${rows} · ${plural(runs, 'run')} of each leg in turns, warm`),
    ...explanation.passedOver.map(({ name, reason }) => style.dim(`not ${name}: ${reason}`)),
  ]
    .map((line) => wrapAnsi(line, columns))
    .join('\n');
}

/** A row of the table: a leg, and what the pair it closes has gained. */
interface Row {
  readonly leg: Leg;
  readonly gain: Gain | undefined;
  readonly paths: string;
}

function legTable(explanation: Explanation, screen: Screen): string {
  const { legs, gains, technique, tables } = explanation;
  const { style, columns } = screen;
  const wide = columns >= 110;
  const rows = legs.map((leg, place): Row => {
    const pair = Math.floor(place / 2);
    const [without, having] = legs.slice(pair * 2, pair * 2 + 2);
    const paths =
      technique && without && having ? changedPaths(without, having, tables, wide) : null;
    const own = leg === without ? paths?.without : paths?.with;
    return { leg, gain: leg === having ? gains[pair] : undefined, paths: (own ?? []).join(', ') };
  });
  const comparing: Column<Row>[] = [
    { header: 'leg', cell: ({ leg }) => leg.name },
    {
      header: `reads ${tables.join(', ')} by`,
      cell: ({ paths }) => oneLine(paths, wide ? 64 : 18),
    },
  ];
  const gained: Column<Row>[] = [
    { header: 'speed-up', align: 'right', cell: ({ gain }) => (gain ? speedup(gain, screen) : '') },
  ];
  const named: Column<Row>[] = [
    { header: 'reader', cell: ({ leg, gain }) => reader(leg, gain, screen) },
  ];
  return table(
    rows,
    [
      ...(legs[0]?.user ? named : []),
      ...(technique ? comparing : []),
      {
        header: 'buffers',
        align: 'right',
        cell: ({ leg }) => (leg.medianMs === null ? '' : count(leg.buffers.hit + leg.buffers.read)),
      },
      { header: 'median', align: 'right', cell: ({ leg }) => time(leg) },
      { header: '±', align: 'right', cell: ({ leg }) => style.dim(spread(leg)) },
      ...(technique ? gained : []),
    ],
    screen,
  );
}

const SHORT = { median: 'median', '95th percentile': 'p95', largest: 'max' };

/** The reader on the first line of a pair, what the reader stands for on the second. */
function reader(
  { name, user, profile, followees }: Leg,
  gain: Gain | undefined,
  { style }: Screen,
) {
  const about = `${plural(followees ?? 0, 'followee')}${profile ? `, ${SHORT[profile]}` : ''}`;
  if (gain) return style.dim(about);
  return name === 'without'
    ? oneLine(user ?? '', 16)
    : `${oneLine(user ?? '', 24)} ${style.dim(about)}`;
}

function time({ medianMs, stoppedAfterMs }: Leg): string {
  return medianMs === null ? `> ${milliseconds(stoppedAfterMs ?? 0)}` : milliseconds(medianMs);
}

/** Half of the range of the runs, as a part of the median. */
function spread({ medianMs, runsMs }: Leg): string {
  if (!medianMs || runsMs.length < 2) return '';
  const range = (Math.max(...runsMs) - Math.min(...runsMs)) / 2;
  return `${Math.round((100 * range) / medianMs)}%`;
}

function speedup({ speedup: times, atLeast }: Gain, { style }: Screen): string {
  if (times === null) return '?';
  const text = `${atLeast ? '≥ ' : ''}${times >= 10 ? count(Math.floor(times)) : times.toFixed(1)}×`;
  if (times < 0.95) return style.red(text);
  return times >= 2 ? style.green(text) : text;
}

function remarks({ technique, indexes, missing, legs }: Explanation, { style }: Screen): string[] {
  if (!technique) return [];
  const used = new Set(
    legs.filter(({ name }) => name === 'with').flatMap(({ plan }) => indexesOf(plan)),
  );
  const unused = indexes.filter((index) => !used.has(index));
  const absent = missing.map((name) =>
    style.yellow(`${name} is not there: socialdb index add ${name}`),
  );
  const stopped = legs.some(({ medianMs }) => medianMs === null);
  return [
    ...absent,
    ...(unused.length > 0
      ? [style.yellow(`No plan uses ${unused.join(', ')}, though it is there.`)]
      : []),
    ...(stopped
      ? [style.yellow('> … was stopped at the time limit; its plan is only estimated.')]
      : []),
  ];
}

function planSection(leg: Leg, { technique, indexes }: Explanation, screen: Screen): string {
  const which = technique
    ? `${leg.name} ${indexes.length === 1 ? 'the index' : 'the indexes'}`
    : '';
  const title = [leg.user && `@${leg.user}`, which].filter(Boolean).join(', ');
  return [
    ...(title ? [screen.style.bold(title)] : []),
    planTree(leg.plan, screen),
    planFooter(leg.plan, screen),
  ].join('\n');
}
