import type { ActivityStore } from '../activity/store.js';
import type { ActivityCheck } from '../activity/verify.js';
import { storeName } from './activity.js';
import type { Screen } from './screen.js';
import { table } from './table.js';
import { count } from './text.js';

const TITLES: Readonly<Record<string, string>> = {
  'activity-users': 'users without an event',
  'activity-follows': 'follows without an event',
  'activity-posts': 'posts without an event',
  'activity-comments': 'comments without an event',
  'activity-likes': 'likes without an event',
  'activity-events': 'events without a row',
};

/** What `activity verify` compared, and what it found. */
export function checksTable(
  { store, checks }: { store: ActivityStore['name']; checks: readonly ActivityCheck[] },
  screen: Screen,
): string {
  const { style } = screen;
  const found = table(
    checks,
    [
      { header: 'check', cell: ({ name }) => TITLES[name] ?? name },
      { header: 'checked', cell: ({ checked }) => count(checked), align: 'right' },
      {
        header: 'wrong',
        cell: ({ wrong }) => (wrong > 0 ? style.red(count(wrong)) : style.green('0')),
        align: 'right',
      },
      { header: 'repaired', cell: ({ repaired }) => count(repaired), align: 'right' },
    ],
    screen,
  );
  return `${style.bold('Activity against the tables')}${style.dim(`, from ${storeName(store)}`)}\n\n${found}`;
}
