import type { NeighbourPage } from '../social/lists.js';
import type { User } from '../social/users.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { age, count, oneLine } from './text.js';

/** One user, a line for each thing known. */
export function renderUser(user: User, { style }: Screen): string {
  const lines: [label: string, value: string][] = [
    ['username', style.bold(user.username)],
    ...(user.displayName ? ([['name', oneLine(user.displayName)]] as [string, string][]) : []),
    ['email', user.email ? oneLine(user.email) : style.dim('unknown')],
    ['following', count(user.followingCount)],
    ['followers', count(user.followersCount)],
    ['joined', `${user.createdAt.slice(0, 10)}  ${style.dim(age(user.createdAt))}`],
    ['id', style.dim(user.id)],
  ];
  return lines.map(([label, value]) => `${style.dim(label.padEnd(10))} ${value}`).join('\n');
}

const NAME: Column<User> = {
  header: 'name',
  cell: ({ displayName }) => oneLine(displayName ?? '', 24),
};

export function renderUsers(users: readonly User[], screen: Screen): string {
  const named = users.some(({ displayName }) => displayName);
  return table(
    users,
    [
      { header: 'username', cell: ({ username }) => username },
      ...(named ? [NAME] : []),
      { header: 'following', cell: (user) => count(user.followingCount), align: 'right' },
      { header: 'followers', cell: (user) => count(user.followersCount), align: 'right' },
      { header: 'joined', cell: ({ createdAt }) => createdAt.slice(0, 10) },
    ],
    screen,
  );
}

/** A page of followers or followees. */
export function renderNeighbours({ users }: NeighbourPage, screen: Screen): string {
  return table(
    users,
    [
      { header: 'username', cell: ({ username }) => username },
      { header: 'followers', cell: (user) => count(user.followersCount), align: 'right' },
      { header: 'since', cell: ({ since }) => age(since) },
    ],
    screen,
  );
}
