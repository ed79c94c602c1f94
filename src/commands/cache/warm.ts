import { activeReaders, warm } from '../../feed/maintain.js';
import { requireCache } from '../../feed/versions.js';
import { pace } from '../../output/pace.js';
import { count, plural } from '../../output/text.js';
import type { Context } from '../context.js';

export async function run(context: Context, options: { readers: number }): Promise<void> {
  const { stores, screen, interrupted } = context;
  await requireCache(stores, stores.postgres());
  const readers = await activeReaders(stores.postgres(), options.readers);
  const progress = screen.progress('Warming');
  const told = pace();
  try {
    const result = await warm(
      stores,
      readers,
      (done) =>
        progress.update(told({ step: 'timelines', rows: done, share: done / readers.length })),
      interrupted,
    );
    progress.stop();
    screen.show(
      result,
      ({ filled, alreadyWarm }) =>
        `${plural(filled, 'timeline')} filled, ${count(alreadyWarm)} warm already.`,
    );
  } finally {
    progress.stop();
  }
}
