import { RequestError } from '../../errors.js';
import { SETTING_OF, stackSettings } from '../../stack/state.js';
import { stackStatus } from '../../stack/status.js';
import type { Context } from '../context.js';

export async function run({ config, screen }: Context): Promise<void> {
  const { services } = await stackStatus(config.home);
  if (services.every(({ state }) => state !== 'running')) {
    throw new RequestError('no-stack', 'no embedded stack is running', 'run: socialdb stack up');
  }
  const urls = stackSettings(config.home);
  // What does not run is set empty, which tells a tool to do without, whatever was set before.
  const settings = Object.fromEntries(
    services.map(({ name, state }) => {
      const setting = SETTING_OF[name];
      return [setting, (state === 'running' && urls[setting]) || ''];
    }),
  );
  screen.show(settings, render);
}

function render(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`)
    .join('\n');
}
