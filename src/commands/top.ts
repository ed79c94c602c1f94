import { redactUrl } from '../config.js';
import { InterruptedError, StoreError } from '../errors.js';
import { withKeys, withLiveView } from '../output/live.js';
import { type TopView, topScreen } from '../output/top.js';
import { INDEX_ORDERS, STATEMENT_ORDERS } from '../output/top-tables.js';
import type { Snapshot } from '../top/snapshot.js';
import { watchStores } from '../top/watch.js';
import type { Context } from './context.js';

interface TopOptions {
  /** Seconds. */
  readonly interval: number;
  readonly once?: boolean;
}

/** Where only one look is wanted: sessions report what they did once a second. */
const ONCE_MS = 2_000;
const HISTORY = 60;

export async function run(context: Context, options: TopOptions): Promise<void> {
  const { stores, screen } = context;
  // Without a database there is nothing to look at, which is better said now than on a live screen.
  stores.postgres();
  const intervalMs = options.interval * 1_000;
  const live = screen.stdout.isTTY && !screen.options.json && !options.once;
  if (live) return watch(context, intervalMs);
  if (screen.options.json && !options.once) return stream(context, intervalMs);
  const snapshot = await once(context);
  screen.show(snapshot, () => topScreen(snapshot, firstView(context, ONCE_MS), screen).join('\n'));
  const { trouble } = snapshot.requests;
  if (trouble !== null)
    throw new StoreError(
      'postgres-unavailable',
      trouble.replace('unreachable: ', ''),
      'run: socialdb doctor',
    );
}

function firstView({ config }: Context, intervalMs: number): TopView {
  return {
    address: redactUrl(config.databaseUrl ?? ''),
    intervalMs,
    sorting: { statements: 'load', indexes: 'scans/s' },
    paused: false,
    help: false,
    history: [],
  };
}

/** One JSON object after each look at the database. */
async function stream({ config, screen, interrupted }: Context, intervalMs: number): Promise<void> {
  let requests: Snapshot['requests'] | undefined;
  await watchStores(config, {
    intervalMs,
    signal: interrupted,
    onChange(snapshot) {
      if (snapshot.requests === requests || !isSettled(snapshot)) return;
      requests = snapshot.requests;
      screen.item(snapshot, () => '');
    },
  });
}

/** The first snapshot in which every source has said something, and rates can be told. */
async function once({ config, interrupted }: Context): Promise<Snapshot> {
  const enough = new AbortController();
  let latest: Snapshot | undefined;
  await watchStores(config, {
    intervalMs: ONCE_MS,
    signal: AbortSignal.any([interrupted, enough.signal]),
    onChange(snapshot) {
      latest = snapshot;
      const { requests } = snapshot;
      const rates = requests.trouble !== null || requests.data?.transactionsPerSecond !== null;
      if (isSettled(snapshot) && rates) enough.abort();
    },
  });
  if (interrupted.aborted || !latest) throw new InterruptedError();
  return latest;
}

function isSettled({ at: _, ...readings }: Snapshot): boolean {
  return Object.values(readings).every(({ data, trouble }) => data !== null || trouble !== null);
}

async function watch(context: Context, intervalMs: number): Promise<void> {
  const { config, screen, stdin, interrupted } = context;
  const quit = new AbortController();
  let view = firstView(context, intervalMs);
  let shown: Snapshot | undefined;
  await withLiveView(screen, async (live) => {
    const draw = () => {
      const height = screen.stdout.rows ?? 24;
      if (shown) live.draw(topScreen(shown, { ...view, height }, screen));
    };
    const onKey = (key: string) => {
      if (key === 'q' || key === CTRL_C || key === CTRL_D) quit.abort();
      view = afterKey(view, key);
      draw();
    };
    screen.stdout.on('resize', draw);
    try {
      await withKeys(stdin, screen, onKey, () =>
        watchStores(config, {
          intervalMs,
          signal: AbortSignal.any([interrupted, quit.signal]),
          onChange(snapshot) {
            if (view.paused) return;
            view = remember(view, shown, snapshot);
            shown = snapshot;
            draw();
          },
        }),
      );
    } finally {
      screen.stdout.off('resize', draw);
    }
  });
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

function afterKey(view: TopView, key: string): TopView {
  const { sorting } = view;
  const statements = STATEMENT_ORDERS[Number(key) - 1];
  if (statements) return { ...view, sorting: { ...sorting, statements } };
  switch (key) {
    case 'p':
    case ' ':
      return { ...view, paused: !view.paused };
    case 's': {
      const next = after(STATEMENT_ORDERS, sorting.statements);
      return { ...view, sorting: { ...sorting, statements: next } };
    }
    case 'i': {
      const next = after(INDEX_ORDERS, sorting.indexes);
      return { ...view, sorting: { ...sorting, indexes: next } };
    }
    case '?':
    case 'h':
      return { ...view, help: !view.help };
    default:
      return view;
  }
}

function after<T>(orders: readonly T[], order: T): T {
  return orders[(orders.indexOf(order) + 1) % orders.length] ?? order;
}

function remember(view: TopView, before: Snapshot | undefined, { requests }: Snapshot): TopView {
  const rate = requests.data?.transactionsPerSecond ?? null;
  if (requests === before?.requests || requests.trouble !== null || rate === null) return view;
  return { ...view, history: [...view.history, rate].slice(-HISTORY) };
}
