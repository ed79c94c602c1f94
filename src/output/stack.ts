import type { ServiceStatus } from '../stack/service.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { hanging, oneLine } from './text.js';

const TITLES = { postgres: 'PostgreSQL', redis: 'Redis', mongodb: 'MongoDB' } as const;

/** What commands do where a server is not there. */
const WITHOUT = {
  postgres: 'nothing works without it',
  redis: 'feeds are read from PostgreSQL',
  mongodb: 'the activity stream is kept in PostgreSQL',
} as const;

/** One line for each server, then for each that could not run: why, and what that means. */
export function renderServices(services: readonly ServiceStatus[], screen: Screen): string {
  const { style } = screen;
  if (services.every(({ state }) => state === 'absent')) return 'There is no stack.';
  const colour = {
    running: style.green,
    stopped: style.yellow,
    failed: style.red,
    absent: style.yellow,
  } as const;
  const columns: Column<ServiceStatus>[] = [
    { header: 'Server', cell: ({ name }) => TITLES[name] },
    { header: 'State', cell: ({ state }) => colour[state](state) },
    { header: 'Version', cell: ({ version }) => version ?? '-' },
    { header: 'Address', cell: ({ address }) => address?.replace(/^.*:\/\//, '') ?? '-' },
    { header: 'From', cell: ({ kind }) => kind ?? '-' },
  ];
  const reasons = services.flatMap(({ name, reason }) =>
    reason
      ? hanging(`${TITLES[name]}: ${oneLine(reason)}; ${WITHOUT[name]}`, screen.columns, 2)
      : [],
  );
  return [table(services, columns, screen), ...(reasons.length ? ['', ...reasons] : [])].join('\n');
}
