import { renderServices } from '../../output/stack.js';
import { stackStatus } from '../../stack/status.js';
import type { Context } from '../context.js';
import { noteOverrides } from './overrides.js';

export async function run({ config, screen }: Context): Promise<void> {
  const report = await stackStatus(config.home);
  screen.show(report, ({ services }) => renderServices(services, screen));
  const [postgres] = report.services;
  if (postgres?.state !== 'running') screen.note('start it with: socialdb stack up');
  noteOverrides(config, screen);
}
