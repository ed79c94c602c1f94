import { MAX_FOLLOWEES } from '../../../feed/timeline.js';
import type { CacheTimes } from '../../../tuning/report/cache.js';
import type { Report } from '../../../tuning/report/report.js';
import { legTime } from '../../page/figures.js';
import { count, milliseconds } from '../../text.js';
import { type Section, text } from '../document.js';
import { buffersOf, readerOf } from '../legs.js';

const WAYS =
  'The same page of the feed can be computed in several ways: sort all that the followees wrote (classic), take a page of each followee (lateral), of those with the newest posts only (heads), walk the newest posts of all (newest), or look first and then choose (probe). All indexes are there.';

export function strategiesSection({ strategies }: Report): Section {
  const title = 'Strategies side by side';
  if ('reason' in strategies)
    return { title, blocks: [text(`Not measured: ${strategies.reason}.`)] };
  const { legs, contests, runs, sameRows } = strategies.measured;
  const first = legs.filter(({ user }) => user === legs[0]?.user);
  const bars = first.flatMap(({ name, medianMs }) =>
    medianMs === null
      ? []
      : [{ label: name, value: medianMs, shown: milliseconds(medianMs), tone: 'after' as const }],
  );
  return {
    title,
    blocks: [
      text(WAYS, `${runs} runs of each in turns${sameRows ? '; all gave the same rows' : ''}.`),
      {
        kind: 'table',
        columns: [
          { header: 'reader' },
          { header: 'strategy' },
          { header: 'buffers', number: true },
          { header: 'median ± spread', number: true },
        ],
        rows: legs.map((leg) => [readerOf(leg), leg.name, buffersOf(leg), legTime(leg)]),
      },
      { kind: 'bars', caption: `@${legs[0]?.user}: median time, less is better`, bars },
      text(
        ...contests.map(
          ({ user, fastest, auto }) =>
            `For @${user} ${fastest} was the fastest; feed takes ${auto}.`,
        ),
      ),
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
        ? [
            text(
              `Feeds of readers who follow more than ${MAX_FOLLOWEES} are not cached: a hit would save less than half of the work.`,
            ),
          ]
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
