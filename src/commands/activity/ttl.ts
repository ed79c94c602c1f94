import { withActivityStore } from '../../activity/open.js';
import { cutoffOf } from '../../activity/since.js';
import type { ActivityStore } from '../../activity/store.js';
import { ttlSummary } from '../../output/activity.js';
import { plural } from '../../output/text.js';
import { confirm } from '../confirm.js';
import type { Context } from '../context.js';

/** Counting, and the making of an index, take their time. */
const TIMEOUT_MS = 60_000;

interface TtlOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** @param ttl milliseconds, `off`, or undefined to show it only */
export async function run(context: Context, ttl: number | 'off' | undefined, options: TtlOptions) {
  await withActivityStore(context.stores, TIMEOUT_MS, async (store) => {
    if (ttl !== undefined && !(await change(context, store, ttl, options))) return;
    const ttlMs = (await store.ttlMs()) ?? null;
    context.screen.show({ store: store.name, ttlMs }, ttlSummary);
  });
}

/** Sets the TTL, after asking; false where it was to be tried only. */
async function change(
  context: Context,
  store: ActivityStore,
  ttl: number | 'off',
  { yes, dryRun = false }: TtlOptions,
): Promise<boolean> {
  const ttlMs = ttl === 'off' ? undefined : ttl;
  const doomed =
    ttlMs === undefined ? 0 : await store.countBefore(cutoffOf(await store.now(), ttlMs));
  if (dryRun) {
    context.screen.show(
      { store: store.name, ttlMs: ttlMs ?? null, expired: doomed, changed: false },
      () => `${plural(doomed, 'event')} would go.`,
    );
    return false;
  }
  if (doomed > 0) await confirm(context, `Delete ${plural(doomed, 'event')} older than that?`, yes);
  await store.setTtl(ttlMs);
  await store.expire();
  return true;
}
