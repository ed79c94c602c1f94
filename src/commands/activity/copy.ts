import { type Copied, copyActivity } from '../../activity/copy.js';
import { withActivityStore } from '../../activity/open.js';
import { postgresStore, removeActivity } from '../../activity/postgres-store.js';
import { RequestError } from '../../errors.js';
import { count, oneLine, plural } from '../../output/text.js';
import { confirm } from '../confirm.js';
import type { Context } from '../context.js';
import { withProgress } from '../import/loading.js';

/** Bound on one batch. */
const TIMEOUT_MS = 30_000;

interface CopyCommandOptions {
  readonly remove?: boolean;
  readonly yes?: boolean;
}

export async function run(context: Context, { remove = false, yes }: CopyCommandOptions) {
  const { stores, screen } = context;
  if (!stores.config.mongodbUrl) {
    throw new RequestError(
      'no-mongodb',
      'there is no MongoDB to copy to',
      'set MONGODB_URL=mongodb://host/database and say it again',
    );
  }
  if (remove) await confirm(context, 'Take out of PostgreSQL what MongoDB has?', yes);
  const sql = stores.postgres(TIMEOUT_MS);
  const origin = postgresStore(sql);
  const all = await origin.countBefore('infinity');
  let removed = 0;
  const copied = await withProgress(context, 'Copying', ({ interrupted, onProgress }) =>
    withActivityStore(stores, TIMEOUT_MS, (target) =>
      copyActivity(origin, target, {
        signal: interrupted,
        onProgress: ({ rows }) => onProgress?.({ step: 'events', rows, share: rows / all }),
        ...(remove && {
          onThere: async (ids: readonly string[]) => {
            removed += await removeActivity(sql, ids);
          },
        }),
      }),
    ),
  );
  screen.show({ from: 'postgresql', to: 'mongodb', ...copied, removed }, summary);
  conclude(context, copied, remove);
}

function summary({ events, copied, there, removed }: Copied & { removed: number }): string {
  const lines = [
    `${plural(copied, 'event')} copied; MongoDB has ${count(there)} of ${count(events)}.`,
    ...(removed > 0 ? [`${plural(removed, 'event')} taken out of PostgreSQL.`] : []),
  ];
  return lines.join('\n');
}

function conclude({ screen }: Context, { events, there, refused }: Copied, remove: boolean): void {
  if (there < events) {
    const [first] = refused;
    throw new RequestError(
      'copy-incomplete',
      `MongoDB has not got ${plural(events - there, 'event')}${first ? `: ${oneLine(first.reason, 200)}` : ''}`,
      'they stay in PostgreSQL; run the same command again when the cause is gone',
    );
  }
  screen.note('From now on the stream is in MongoDB, for every command that has MONGODB_URL.');
  if (!remove && events > 0) {
    screen.note(
      'PostgreSQL keeps its copy; to drop it: socialdb activity copy --to mongodb --remove',
    );
  }
}
