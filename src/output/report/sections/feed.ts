import type { CacheTimes } from '../../../tuning/report/cache.js';
import type { Report } from '../../../tuning/report/report.js';
import { count, milliseconds } from '../../text.js';
import { type Section, text } from '../document.js';
import { buffersOf, readerOf } from '../legs.js';

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
