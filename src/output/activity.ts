import type { ChalkInstance } from 'chalk';
import stringWidth from 'fast-string-width';
import type { ActivityEvent, Actor, EventType } from '../activity/event.js';
import type { Backlog } from '../activity/outbox.js';
import type { ActivityStore } from '../activity/store.js';
import type { RelayStatus } from '../activity/watch.js';
import type { Screen } from './screen.js';
import { age, count, oneLine, plural } from './text.js';

const STORE_NAMES: Readonly<Record<ActivityStore['name'], string>> = {
  mongodb: 'MongoDB',
  postgresql: 'PostgreSQL',
};

/** Where activity is kept, for people. */
export function storeName(name: ActivityStore['name']): string {
  return STORE_NAMES[name];
}

const COLORS: Readonly<Record<EventType, (style: ChalkInstance) => ChalkInstance>> = {
  joined: (style) => style.green,
  followed: (style) => style.cyan,
  unfollowed: (style) => style.dim,
  posted: (style) => style.yellow,
  commented: (style) => style.blue,
  liked: (style) => style.magenta,
  unliked: (style) => style.dim,
  deleted: (style) => style.red,
};

/** Room for `23 min ago`. */
const WHEN_WIDTH = 10;

/** `3 min ago  alice liked bob's post “…”`, on one line of the screen. */
export function eventLine(event: ActivityEvent, screen: Screen): string {
  return line(event, age(event.at), screen);
}

/** The same with the time of day, in UTC: an age would be wrong a minute later. */
export function liveEventLine(event: ActivityEvent, screen: Screen): string {
  return line(event, event.at.slice(11, 19), screen);
}

function line(event: ActivityEvent, when: string, screen: Screen): string {
  const { style, columns } = screen;
  const actor = oneLine(event.actor.name, 64);
  const margin = when.padStart(WHEN_WIDTH);
  const room = columns - margin.length - stringWidth(actor) - event.type.length - 4;
  // A type that a newer socialdb wrote has no colour here.
  const paint = COLORS[event.type]?.(style) ?? style;
  const what = objectOf(event, Math.max(room, 20));
  return `${style.dim(margin)}  ${style.bold(actor)} ${paint(event.type)} ${what}`.trimEnd();
}

/** What the sentence goes on with after the verb, at most `room` columns of it. */
function objectOf({ type, actor, object }: ActivityEvent, room: number): string {
  if (object.kind === 'post') {
    const mine = object.author.id === actor.id;
    if (type === 'posted') return quoted('', object.excerpt, room);
    if (type === 'deleted') return quoted('the post ', object.excerpt, room);
    return quoted(`${mine ? 'their own' : ownerOf(object)} post `, object.excerpt, room);
  }
  if (object.kind === 'comment') {
    const place = object.post.author.id === actor.id ? 'their own' : ownerOf(object.post);
    return quoted(type === 'deleted' ? 'the comment ' : `on ${place} post `, object.excerpt, room);
  }
  if (type === 'joined') return '';
  return type === 'deleted' ? 'their account' : oneLine(object.name, room);
}

function ownerOf({ author }: { author: Actor }): string {
  return `${oneLine(author.name, 64)}'s`;
}

function quoted(before: string, excerpt: string, room: number): string {
  return `${before}“${oneLine(excerpt, Math.max(10, room - stringWidth(before) - 2))}”`;
}

/** What a relay did, and what is left. */
export function relaySummary(
  { store, relayed, ...backlog }: { store: ActivityStore['name']; relayed: number } & Backlog,
  screen: Screen,
): string {
  const done =
    relayed > 0
      ? `${plural(relayed, 'event')} relayed to ${storeName(store)}`
      : `nothing to relay to ${storeName(store)}`;
  return [done, ...waiting(backlog, screen)].join(', ');
}

/** One line of `activity relay --watch`. */
export function relayStatus(
  { at, store, relayed, ...backlog }: RelayStatus,
  screen: Screen,
): string {
  const time = screen.style.dim(`${at.slice(0, 19)}Z`);
  const counts = [`${plural(relayed, 'event')} relayed to ${storeName(store)}`];
  return `${time}  ${[...counts, ...waiting(backlog, screen)].join(', ')}`;
}

function waiting(backlog: Backlog, { style }: Screen): string[] {
  const { remaining, oldestAt, setAside, backfill } = backlog;
  return [
    `${count(remaining)} waiting`,
    ...(oldestAt !== null ? [`the oldest from ${age(oldestAt)}`] : []),
    ...(setAside > 0 ? [style.red(`${count(setAside)} set aside`)] : []),
    ...(backfill.length > 0 ? [`still to carry over: ${backfill.join(', ')}`] : []),
  ];
}

const UNITS: readonly [unit: string, ms: number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** How long events are kept: `PostgreSQL keeps events for 90 days`. */
export function ttlSummary({
  store,
  ttlMs,
}: {
  store: ActivityStore['name'];
  ttlMs: number | null;
}) {
  if (ttlMs === null) return `${storeName(store)} keeps events for ever`;
  const [unit, ms] = UNITS.find(([, ms]) => ttlMs % ms === 0) ?? ['second', 1_000];
  return `${storeName(store)} keeps events for ${plural(ttlMs / ms, unit)}`;
}
