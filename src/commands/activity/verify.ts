import { withActivityStore } from '../../activity/open.js';
import { verifyActivity } from '../../activity/verify.js';
import { RequestError } from '../../errors.js';
import { checksTable } from '../../output/activity-checks.js';
import { plural } from '../../output/text.js';
import type { Context } from '../context.js';
import { deliver } from '../deliver.js';
import { withProgress } from '../import/loading.js';
import { noteBacklog, noteLeftBehind } from './filter.js';

/** Bound on one batch. */
const TIMEOUT_MS = 30_000;

export async function run(context: Context, { repair = false }: { repair?: boolean }) {
  const { stores, screen } = context;
  const found = await withProgress(context, 'Verifying', ({ interrupted: signal, onProgress }) =>
    withActivityStore(stores, TIMEOUT_MS, async (store) => {
      const sql = stores.postgres(TIMEOUT_MS);
      const checks = await verifyActivity(sql, store, { repair, signal, onProgress });
      await noteLeftBehind(context, store);
      return { store: store.name, checks };
    }),
  );
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
