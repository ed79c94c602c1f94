import type { Explanation } from '../../tuning/explanation.js';
import type { CacheTimes } from '../../tuning/report/cache.js';
import type { Finding, Report } from '../../tuning/report/report.js';
import { bytes, count, milliseconds } from '../text.js';
import { type Block, command, type Section, text } from './document.js';
import { buffersOf, findings, legsChart, legsTable, readerOf } from './legs.js';

export function machineSection({ machine, sizes }: Report): Section {
  return {
    title: 'What was measured, and where',
    blocks: [
      text(
        `PostgreSQL ${machine.postgresql}, database ${machine.database}; socialdb on Node ${machine.node}, ${machine.processor}, ${machine.cores} cores, ${bytes(machine.memoryBytes)} of memory.`,
        'Times belong to this machine and to what else it was doing; buffers (pages of 8 kB that a statement touches) do not, so compare those first.',
      ),
      {
        kind: 'table',
        columns: [
          { header: 'table' },
          { header: 'rows (last ANALYZE)', number: true },
          { header: 'table', number: true },
          { header: 'indexes', number: true },
        ],
        rows: sizes.map(({ table, rows, tableBytes, indexBytes }) => [
          table,
          rows === null ? '' : count(rows),
          bytes(tableBytes),
          bytes(indexBytes),
        ]),
      },
    ],
  };
}

/** @param ask what the section asks, in a sentence or two */
export function comparisonSection(
  title: string,
  ask: string,
  finding: Finding<Explanation>,
): Section {
  return { title, blocks: [text(ask), ...comparisonBlocks(finding, title)] };
}

function comparisonBlocks(finding: Finding<Explanation>, caption: string): Block[] {
  if ('reason' in finding) return [text(`Not measured: ${finding.reason}.`)];
  const { technique, sameRows, runs, indexes, strategy } = finding.measured;
  const how = [
    strategy && `strategy ${strategy}`,
    `without and with ${indexes.join(' and ')}`,
    `${technique}`,
    `${runs} runs of each leg in turns`,
    sameRows ? 'both legs gave the same rows' : 'the rows could not be compared',
  ];
  return [
    text(`${how.filter(Boolean).join('; ')}.`),
    legsTable(finding.measured),
    legsChart(finding.measured, `${caption}: median time, less is better`),
    text(findings(finding.measured)),
  ];
}

export function searchSection({ searches }: Report): Section {
  const blocks = searches.flatMap(({ tag, search }) => [
    text(`The tag ${tag.tag}, which ${count(tag.posts)} of the newest 5,000 posts have:`),
    ...comparisonBlocks(search, `Search for ${tag.tag}`),
  ]);
  return {
    title: 'The GIN index: search by a tag',
    blocks: [
      text(
        'metadata @> {"tags": […]} asks which documents contain a value. A GIN index has an entry for each value with the posts that hold it: for a rare tag it leads straight to them. For a frequent tag the planner may rather walk the newest posts until the page is full.',
      ),
      ...(blocks.length > 0 ? blocks : [text('Not measured: no post has a tag.')]),
    ],
  };
}

export function strategiesSection({ strategies }: Report): Section {
  const rows = strategies.flatMap(({ strategy, feed }) =>
    'reason' in feed
      ? [[strategy, '', '', feed.reason]]
      : feed.measured.legs.map((leg) => [
          strategy,
          readerOf(leg),
          buffersOf(leg),
          leg.medianMs === null ? 'stopped' : milliseconds(leg.medianMs),
        ]),
  );
  const bars = strategies.flatMap(({ strategy, feed }) => {
    const leg = 'measured' in feed ? feed.measured.legs[0] : undefined;
    if (!leg || leg.medianMs === null) return [];
    const { medianMs: value } = leg;
    return [{ label: strategy, value, shown: milliseconds(value), tone: 'after' as const }];
  });
  return {
    title: 'Strategies side by side',
    blocks: [
      text(
        'The same page of the feed can be computed in several ways: sort all that the followees wrote (classic), take a page of each followee (lateral), of those with the newest posts only (heads), walk the newest posts of all (newest), or look first and then choose (probe).',
        'All indexes are there. Which one is best depends on how many the reader follows, which is why feed chooses by that.',
      ),
      {
        kind: 'table',
        columns: [
          { header: 'strategy' },
          { header: 'reader' },
          { header: 'buffers', number: true },
          { header: 'median', number: true },
        ],
        rows,
      },
      { kind: 'bars', caption: 'Median time for the median reader, less is better', bars },
    ],
  };
}

export function cacheSection({ cache }: Report): Section {
  const title = 'The cache: a hit against a computation';
  if ('reason' in cache) return { title, blocks: [text(`Not measured: ${cache.reason}.`)] };
  const { measured } = cache;
  return {
    title,
    blocks: [
      text(
        'The first page of a feed is kept in Redis, with the versions of everybody it depends on; a read proves it before it serves it. Measured as feed does it, in turns, the way to the servers and back included; medians.',
      ),
      {
        kind: 'table',
        columns: [
          { header: 'reader' },
          { header: 'hits', number: true },
          { header: 'hit', number: true },
          { header: 'computed', number: true },
        ],
        rows: measured.map(({ user, followees, hits, runs, hitMs, computedMs }) => [
          `@${user}, follows ${count(followees)}`,
          `${hits} of ${runs}`,
          hitMs === null ? 'never' : milliseconds(hitMs),
          milliseconds(computedMs),
        ]),
      },
      text(...measured.map(cacheFinding)),
      ...(measured.some(({ hitMs }) => hitMs === null)
        ? [text('Feeds of readers who follow very many are not cached: proving them costs more.')]
        : []),
    ],
  };
}

function cacheFinding({ user, hitMs, computedMs }: CacheTimes): string {
  if (hitMs === null) return '';
  const times = computedMs / hitMs;
  return times >= 1.05
    ? `For @${user} a hit is ${times.toFixed(1)}× as fast as a computation.`
    : `For @${user} a hit is no faster here than a computation: what the cache saves is work of the database, not time.`;
}

export function indexesSection({ indexes, settings }: Report): Section[] {
  const present = indexes.filter(({ missing }) => !missing);
  return [
    {
      title: 'The price: what the indexes take',
      blocks: [
        {
          kind: 'table',
          columns: [
            { header: 'index' },
            { header: 'table' },
            { header: 'size', number: true },
            { header: 'scans', number: true },
          ],
          rows: present.map(({ name, table, sizeBytes, scans }) => [
            name,
            table,
            bytes(sizeBytes ?? 0),
            count(scans ?? 0),
          ]),
        },
      ],
    },
    {
      title: 'Settings that decide',
      blocks: [
        {
          kind: 'table',
          columns: [{ header: 'setting' }, { header: 'value' }, { header: 'from' }],
          rows: settings.map(({ name, value, source }) => [name, value, source]),
        },
      ],
    },
  ];
}

/** Everything that the hints and the advice name, each with its command. */
export function nextSection(report: Report): Section {
  const explained = [report.feed, ...report.searches.map(({ search }) => search)].flatMap(
    (finding) => ('measured' in finding ? [finding.measured] : []),
  );
  const hints = explained.flatMap(({ hints }) => hints);
  const { add, drop } = report.advice;
  const todo: [sentence: string, line: string | null][] = [
    ...hints.map((hint): [string, string | null] => [
      `${hint.node} ${hint.evidence}: ${hint.change}.`,
      hint.command,
    ]),
    ...add.map(({ on, estimate, untried, command: line }): [string, string] => [
      estimate
        ? `An index on ${on}: the planner estimates the statements to be ${estimate.gain.toFixed(1)}× cheaper in all, for about ${bytes(estimate.sizeBytes)}.`
        : `An index on ${on} is asked for; what it would gain was not tried: ${untried}.`,
      line,
    ]),
    ...drop.map(({ name, sizeBytes, reason, command: line }): [string, string] => [
      `${name} (${bytes(sizeBytes)}) can go: ${reason}.`,
      line,
    ]),
  ];
  const once = [...new Map(todo.map((item) => [item.join(' '), item])).values()];
  return {
    title: 'What to do next',
    blocks:
      once.length === 0
        ? [text('Nothing: no rule finds anything to change in the plans that were measured.')]
        : once.flatMap(([sentence, line]) => [text(sentence), ...(line ? [command(line)] : [])]),
  };
}
