import { withActivityStore } from '../../activity/open.js';
import { relayOnce } from '../../activity/relay.js';
import { type Counts, type LoadOptions, ownsTables, type Pace } from '../../dataset/load.js';
import type { FileReport } from '../../dataset/tally.js';
import { messageOf } from '../../errors.js';
import { healer } from '../../feed/heal.js';
import { clear } from '../../feed/maintain.js';
import { openCache } from '../../feed/versions.js';
import { pace } from '../../output/pace.js';
import type { Screen } from '../../output/screen.js';
import { table } from '../../output/table.js';
import { count, milliseconds, plural } from '../../output/text.js';
import { failureOf } from '../../stores/failures.js';
import { instanceOf } from '../../stores/instance.js';
import type { Sql } from '../../stores/postgres.js';
import { lossOf } from '../../stores/postgres-failure.js';
import type { Context } from '../context.js';

/** Bound on one statement, and on any silence of the server, while data is loaded: an hour. */
export const LOAD_TIMEOUT_MS = 3_600_000;

/** What every import has to tell. */
interface Imported extends Counts, Pace {
  readonly read: number;
  readonly skipped: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly files: readonly FileReport[];
}

/**
 * Runs a bulk load as a command: with progress, cached timelines forgotten before it is said to be
 * done, the result on the screen, and what to do next.
 */
export async function runLoad<T>(
  context: Context,
  label: string,
  work: (sql: Sql, options: LoadOptions) => Promise<T>,
  render: (result: T, screen: Screen) => string,
): Promise<void> {
  const { stores, screen } = context;
  const sql = stores.postgres(LOAD_TIMEOUT_MS);
  // What is asked beforehand cannot fail when everything is loaded.
  const owner = await ownsTables(sql);
  await instanceOf(sql);
  let notVacuumed: unknown;
  const onNotVacuumed = (error: unknown) => {
    notVacuumed = error;
  };
  const result = await withProgress(context, label, (options) =>
    work(sql, { ...options, onNotVacuumed }),
  );
  await forgetTimelines(context, sql);
  screen.show(result, render);
  if (lossOf(notVacuumed)) warnOfActivity(context, notVacuumed);
  else await carryActivity(context);
  screen.note(upkeepNote(owner, notVacuumed === undefined));
  screen.note('Next: socialdb user list, or socialdb feed USER');
}

function upkeepNote(owner: boolean, vacuumed: boolean): string {
  if (!owner) {
    return 'Counters are up to date; statistics and visibility map wait for autovacuum, since this role does not own the tables.';
  }
  return vacuumed
    ? 'Counters, statistics (ANALYZE) and visibility map (VACUUM) are up to date.'
    : 'Counters and statistics (ANALYZE) are up to date; the visibility map waits for autovacuum.';
}

/** For a small load the activity stream is complete at once; for a large one it says what to run. */
const ACTIVITY_BUDGET_MS = 10_000;

async function carryActivity(context: Context): Promise<void> {
  const { stores, screen, interrupted } = context;
  const progress = screen.progress('Relaying');
  const told = pace();
  let carried = 0;
  try {
    const { backfill } = await withActivityStore(stores, LOAD_TIMEOUT_MS, (store) =>
      relayOnce(stores.postgres(LOAD_TIMEOUT_MS), store, {
        budgetMs: ACTIVITY_BUDGET_MS,
        signal: interrupted,
        beforeDelete: healer(stores),
        onBatch(events) {
          carried += events;
          progress.update(told({ step: 'events', rows: carried }));
        },
      }),
    );
    progress.stop();
    if (backfill.length > 0) screen.note('The activity stream lags; run: socialdb activity relay');
  } catch (error) {
    progress.stop();
    warnOfActivity(context, error);
  }
}

function warnOfActivity({ config, screen }: Context, error: unknown): void {
  const { message } = failureOf(error, config) ?? { message: messageOf(error) };
  screen.warn(`${message}; when it does, run: socialdb activity relay`);
}

/** A load may touch any feed, so all timelines go, with the versions of those that are being filled. */
async function forgetTimelines({ stores }: Context, sql: Sql): Promise<void> {
  const cache = await openCache(stores, sql);
  if (!cache) return;
  await clear(cache).catch(() => {
    stores.warn('Redis could not be cleared: cached feeds are stale until they expire');
  });
}

/** Runs bulk work with a line of progress, and ends it on Ctrl-C. */
export async function withProgress<T>(
  { screen, interrupted }: Context,
  label: string,
  work: (options: LoadOptions) => Promise<T>,
): Promise<T> {
  const progress = screen.progress(label);
  const told = pace();
  try {
    return await work({ interrupted, onProgress: (state) => progress.update(told(state)) });
  } finally {
    progress.stop();
  }
}

/** How many rows each table got, and how fast. */
export function renderCounts(result: Counts & Pace, screen: Screen): string {
  const { users, posts, follows, comments, likes, durationMs, rowsPerSecond } = result;
  const counts = Object.entries({ users, posts, follows, comments, likes });
  const total = counts.reduce((sum, [, rows]) => sum + rows, 0);
  return [
    table(
      counts,
      [
        { header: 'table', cell: ([name]) => name },
        { header: 'rows', cell: ([, rows]) => count(rows), align: 'right' },
      ],
      screen,
    ),
    '',
    `${plural(total, 'row')} in ${milliseconds(durationMs)}, ${count(rowsPerSecond)} a second`,
  ].join('\n');
}

/** The files, what became of their rows, why some were not kept, and how many rows each table got. */
export function renderImport(result: Imported, screen: Screen): string {
  const files = table(
    result.files,
    [
      { header: 'file', cell: ({ file }) => file },
      { header: 'read', cell: ({ read }) => count(read), align: 'right' },
      { header: 'kept', cell: ({ inserted }) => count(inserted), align: 'right' },
      { header: 'left out', cell: ({ skipped }) => count(skipped), align: 'right' },
    ],
    screen,
  );
  const reasons = table(
    Object.entries(result.reasons),
    [
      { header: 'left out because', cell: ([reason]) => reason.replaceAll('-', ' ') },
      { header: 'rows', cell: ([, rows]) => count(rows), align: 'right' },
    ],
    screen,
  );
  return [files, ...(result.skipped > 0 ? [reasons] : []), renderCounts(result, screen)].join(
    '\n\n',
  );
}
