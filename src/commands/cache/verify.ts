import { RequestError } from '../../errors.js';
import { verifyCache } from '../../feed/maintain.js';
import { requireCache } from '../../feed/versions.js';
import { count, plural } from '../../output/text.js';
import { namesOf } from '../../social/users.js';
import type { Context } from '../context.js';

export async function run(
  context: Context,
  options: { sample?: number; repair?: boolean },
): Promise<void> {
  const { stores, screen, interrupted } = context;
  const cache = await requireCache(stores, stores.postgres());
  const repair = options.repair ?? false;
  const result = await verifyCache(stores, cache, { sample: options.sample, repair }, interrupted);
  const names = await namesOf(stores.postgres(), result.staleReaders);
  const staleUsers = result.staleReaders.map((id) => names.get(id) ?? id);
  screen.show({ ...result, staleUsers }, ({ checked, stale, missing, repaired }) =>
    [
      `${plural(checked, 'timeline')} checked: ${count(stale)} stale, ${count(missing)} out of date and not served.`,
      ...staleUsers.map((user) => `  ${screen.style.red('stale')}  ${user}`),
      ...(repaired ? [`${plural(repaired, 'timeline')} made invalid.`] : []),
    ].join('\n'),
  );
  if (result.stale > 0 && !repair) {
    throw new RequestError(
      'cache-stale',
      `${plural(result.stale, 'timeline')} would be served stale`,
      'run: socialdb cache verify --repair',
    );
  }
}
