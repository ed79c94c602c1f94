import { wrapAnsi } from 'fast-wrap-ansi';
import type { SentCommand } from '../stores/redis-trace.js';
import type { ReadPath } from '../tuning/read-path.js';
import { MISS_REASONS } from './feed-source.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { count, milliseconds, oneLine } from './text.js';

interface Step {
  readonly store: string;
  readonly what: string;
  readonly ms: number | null;
}

/** One read of the feed: what was asked of each store, in order, and what it took. */
export function renderReadPath(path: ReadPath, screen: Screen): string {
  const { cacheMiss, timings } = path;
  const { style, columns } = screen;
  const verdict =
    cacheMiss === null
      ? style.green('from the cache')
      : `from the database: ${MISS_REASONS[cacheMiss]}`;
  const layout: Column<Step>[] = [
    { header: 'store', cell: ({ store }) => store },
    { header: 'asked', cell: ({ what }) => oneLine(what, columns - 24) },
    { header: 'time', align: 'right', cell: ({ ms }) => (ms === null ? '' : milliseconds(ms)) },
  ];
  return [
    style.bold(`A read of @${path.user}’s feed, as it is now`),
    wrapAnsi(`${verdict}, in ${milliseconds(timings.totalMs)}`, columns),
    table(stepsOf(path), layout, screen),
  ].join('\n');
}

function stepsOf({ redis, strategy, timings }: ReadPath): Step[] {
  const statement = { store: 'PostgreSQL', what: `the page: feed_${strategy}.sql` };
  const computed = strategy ? [{ ...statement, ms: timings.databaseMs }] : [];
  const grouped = groups(redis);
  const filled = grouped.findIndex(({ command, keys }) => command === 'SET' && isTimeline(keys[0]));
  const before = filled < 0 ? grouped.length : filled;
  const ofRedis = (sent: SentCommand) => ({ store: 'Redis', what: asked(sent), ms: sent.ms });
  return [
    { store: 'PostgreSQL', what: 'the user, on a new connection', ms: timings.userMs },
    ...grouped.slice(0, before).map(ofRedis),
    ...computed,
    ...grouped.slice(before).map(ofRedis),
    { store: 'together', what: '', ms: timings.totalMs },
  ];
}

const isTimeline = (key = '') => key.includes(':timeline:');

/** Commands that were sent at once, one for each key, on one line; the slowest reply counts. */
function groups(sent: readonly SentCommand[]): SentCommand[] {
  const grouped: SentCommand[] = [];
  for (const next of sent) {
    const last = grouped.at(-1);
    if (last?.command !== next.command || kindOf(last) !== kindOf(next)) {
      grouped.push(next);
      continue;
    }
    const ms = last.ms === null || next.ms === null ? null : Math.max(last.ms, next.ms);
    grouped[grouped.length - 1] = { ...last, keys: [...last.keys, ...next.keys], ms };
  }
  return grouped;
}

/** A key is `socialdb:<database>:<kind>:<id>`. */
const kindOf = ({ keys }: SentCommand) => keys[0]?.split(':')[2];

/** `GET timeline:42`, `MGET 26 keys: reader:42`; the database's part of the keys goes without saying. */
function asked({ command, keys }: SentCommand): string {
  const first = keys[0]?.split(':').slice(2).join(':') ?? '';
  return keys.length > 1
    ? `${command} ${count(keys.length)} keys: ${first}`
    : `${command} ${first}`;
}
