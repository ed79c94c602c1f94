import { renderServices } from '../../output/stack.js';
import { stackUp } from '../../stack/up.js';
import type { Context } from '../context.js';
import { noteOverrides } from './overrides.js';

export async function run({ config, screen, interrupted }: Context): Promise<void> {
  const progress = screen.progress('stack:');
  try {
    const report = await stackUp(config.home, {
      signal: interrupted,
      onProgress: progress.update,
      // Who names a MongoDB, or says to do without, has no use for a download.
      download: [undefined, 'stack'].includes(config.origins.MONGODB_URL),
    });
    progress.stop();
    screen.show(report, ({ services }) => renderServices(services, screen));
  } finally {
    progress.stop();
  }
  screen.note('next: socialdb migrate; for other tools: eval "$(socialdb stack env)"');
  noteOverrides(config, screen);
}
