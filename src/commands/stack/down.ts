import { renderServices } from '../../output/stack.js';
import { stackDown } from '../../stack/down.js';
import type { Context } from '../context.js';

export async function run({ config, screen }: Context): Promise<void> {
  const progress = screen.progress('stack:');
  try {
    const report = await stackDown(config.home, { onProgress: progress.update });
    progress.stop();
    screen.show(report, ({ services }) => renderServices(services, screen));
  } finally {
    progress.stop();
  }
}
