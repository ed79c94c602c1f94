import { withActivityStore } from '../../activity/open.js';
import { verifyActivity } from '../../activity/verify.js';
import { RequestError } from '../../errors.js';
import { checksTable } from '../../output/activity-checks.js';
import { count, plural } from '../../output/text.js';
import type { Context } from '../context.js';
import { deliver } from '../deliver.js';
import { noteBacklog, noteLeftBehind } from './filter.js';

/** Bound on one batch. */
const TIMEOUT_MS = 30_000;

export async function run(context: Context, { repair = false }: { repair?: boolean }) {
  const { stores, screen, interrupted } = context;
  const progress = screen.progress('verifying');
  const found = await withActivityStore(stores, TIMEOUT_MS, async (store) => {
    await noteLeftBehind(context, store);
    const checks = await verifyActivity(stores.postgres(TIMEOUT_MS), store, {
      repair,
      signal: interrupted,
      onProgress: ({ step, rows }) => progress.update(`${step}: ${count(rows)}`),
    });
    return { store: store.name, checks };
  }).finally(progress.stop);
  if (repair) await deliver(context);
  screen.show(found, checksTable);
  await noteBacklog(context);
  const left = found.checks.reduce((sum, { wrong, repaired }) => sum + wrong - repaired, 0);
  if (left === 0) return;
  throw new RequestError(
    'activity-drift',
    `the activity stream and the tables differ in ${plural(left, 'place')}`,
    repair
      ? 'what is left tells of another time, or of nobody: look at it with socialdb activity tail --json'
      : 'run: socialdb activity verify --repair',
  );
}
