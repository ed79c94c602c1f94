import type { ActivityEvent } from '../../activity/event.js';
import { withActivityStore } from '../../activity/open.js';
import type { ActivityFilter, ActivityStore } from '../../activity/store.js';
import { follow, history } from '../../activity/tail.js';
import { eventLine, liveEventLine, storeName } from '../../output/activity.js';
import type { Context } from '../context.js';
import { outlast } from '../outlast.js';
import { type FilterOptions, filterOf, noteBacklog, noteLeftBehind } from './filter.js';

const DEFAULT_LINES = 20;

interface TailOptions extends FilterOptions {
  readonly lines?: number;
  readonly follow?: boolean;
}

export async function run(context: Context, options: TailOptions): Promise<void> {
  const { stores, screen } = context;
  const filter = await filterOf(stores, options);
  const asked = await withActivityStore(stores, stores.config.timeoutMs, async (store) => {
    screen.note(`from ${storeName(store.name)}`);
    const asked = await noteLeftBehind(context, store);
    const render = options.follow ? liveEventLine : eventLine;
    let shown = 0;
    for await (const page of pages(context, store, filter, options)) {
      for (const { id, type, actor, object, at, v } of page) {
        screen.item({ id, type, actor, object, at, v }, render);
      }
      shown += page.length;
    }
    if (shown === 0 && !options.follow) {
      screen.note('No such activity yet. Try: socialdb follow alice bob');
    }
    return asked;
  });
  if (asked && !options.follow) await noteBacklog(context);
}

async function* pages(
  { interrupted, config, screen }: Context,
  store: ActivityStore,
  filter: ActivityFilter,
  options: TailOptions,
): AsyncGenerator<ActivityEvent[]> {
  const lines = options.lines ?? (options.since ? undefined : DEFAULT_LINES);
  if (options.follow) {
    const onFailure = outlast(config, screen.warn);
    yield* follow(store, filter, { lines, signal: interrupted, onFailure });
    return;
  }
  for await (const page of history(store, filter, lines)) {
    yield page.map(({ event }) => event);
  }
}
