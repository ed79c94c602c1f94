import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { RequestError, UsageError } from '../../errors.js';
import { type DestroyReport, stackBelongings, stackDestroy } from '../../stack/destroy.js';
import { stackStatus } from '../../stack/status.js';
import type { Context } from '../context.js';

export async function run(
  context: Context,
  { yes, dryRun }: { yes?: boolean; dryRun?: boolean },
): Promise<void> {
  const { config, screen } = context;
  const belongings = stackBelongings(config.home);
  if (dryRun) {
    const { services } = await stackStatus(config.home);
    screen.show({ services, removed: belongings }, (report) => render('would remove', report));
    return;
  }
  if (!yes && belongings.length > 0) await confirm(context, belongings);
  const progress = screen.progress('stack:');
  try {
    const report = await stackDestroy(config.home, { onProgress: progress.update });
    progress.stop();
    screen.show(report, (report) => render('removed', report));
  } finally {
    progress.stop();
  }
}

function render(verb: string, { removed }: DestroyReport): string {
  if (removed.length === 0) return 'Nothing to remove: there is no stack.';
  return removed.map((path) => `${verb} ${path}`).join('\n');
}

async function confirm({ stdin, screen, interrupted }: Context, paths: string[]): Promise<void> {
  if (!stdin.isTTY || screen.options.quiet || screen.options.json) {
    throw new UsageError(
      'not-confirmed',
      'this removes the servers and all of their data',
      'add --yes, or see what goes with --dry-run',
    );
  }
  screen.note(`This removes, with all data:\n${paths.map((path) => `  ${path}`).join('\n')}`);
  screen.note('Type yes to go on:');
  const lines = createInterface({ input: stdin });
  try {
    const [answer] = await Promise.race([
      once(lines, 'line', { signal: interrupted }),
      once(lines, 'close').then(() => ['']),
    ]);
    if (String(answer).trim().toLowerCase() === 'yes') return;
    throw new RequestError('not-confirmed', 'nothing was removed');
  } finally {
    lines.close();
  }
}
