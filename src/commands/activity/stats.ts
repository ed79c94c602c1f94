import { withActivityStore } from '../../activity/open.js';
import { activityStats } from '../../activity/stats.js';
import type { Bucket } from '../../activity/store.js';
import { statsCsv, statsScreen } from '../../output/activity-stats.js';
import type { Context } from '../context.js';
import { type FilterOptions, filterOf, noteBacklog, noteLeftBehind } from './filter.js';

/** Counting millions of events takes longer than one statement is usually given. */
const TIMEOUT_MS = 60_000;

interface StatsOptions extends FilterOptions {
  readonly by?: Bucket;
  readonly csv?: boolean;
}

export async function run(context: Context, options: StatsOptions): Promise<void> {
  const { stores, screen } = context;
  const filter = await filterOf(stores, options);
  const { stats, asked } = await withActivityStore(stores, TIMEOUT_MS, async (store) => ({
    asked: await noteLeftBehind(context, store),
    stats: await activityStats(store, options.by, filter),
  }));
  if (options.csv) screen.print(statsCsv(stats));
  else screen.show(stats, statsScreen);
  if (asked) await noteBacklog(context);
}
