import type { ServiceStatus } from '../stack/service.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { oneLine } from './text.js';

const TITLES = { postgres: 'PostgreSQL', redis: 'Redis', mongodb: 'MongoDB' } as const;

/** One line for each server, then a line for each that does not run: why. */
export function renderServices(services: readonly ServiceStatus[], screen: Screen): string {
  const { style } = screen;
  const colour = {
    running: style.green,
    stopped: style.yellow,
    failed: style.red,
    absent: style.dim,
  } as const;
  const columns: Column<ServiceStatus>[] = [
    { header: 'Server', cell: ({ name }) => TITLES[name] },
    { header: 'State', cell: ({ state }) => colour[state](state) },
    { header: 'Version', cell: ({ version }) => version ?? '-' },
    { header: 'Address', cell: ({ address }) => address ?? '-' },
    { header: 'From', cell: ({ kind }) => kind ?? '-' },
  ];
  const reasons = services
    .filter(({ reason }) => reason)
    .map(({ name, reason }) => `${TITLES[name]}: ${oneLine(reason ?? '')}`);
  return [table(services, columns, screen), ...(reasons.length > 0 ? ['', ...reasons] : [])].join(
    '\n',
  );
}
