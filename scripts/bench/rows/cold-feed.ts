import { feedStatement, type Strategy, strategyOf } from '../../../src/feed/statement.js';
import { count } from '../../../src/output/text.js';
import { START } from '../../../src/social/cursor.js';
import type { Sql, Transaction } from '../../../src/stores/postgres.js';
import { rolledBack, undone } from '../../../src/tuning/session.js';
import type { Bench } from '../bench.js';
import { executionMs } from '../execution.js';
import { type Reader, readersNear, silentReader } from '../readers.js';
import { type Figure, type Row, share, timesFaster } from '../row.js';
import { inTurns, median, type Side } from '../turns.js';

const PAGE = 20;
/** Of ours, which take far less than a millisecond, so many count as one measurement. */
const REPEATS = 9;
const FASTER: Readonly<Record<number, number>> = { 31: 4, 1350: 100, 5000: 300 };
const CEILING_MS = 1;
const SILENT_TIMES = 1.2;
/** The classic query stands on idx_posts_composite_user_date alone: nothing else is taught. */
const OURS_ALONE = 'idx_posts_newest';

export const coldFeed: Row = {
  key: 'cold-feed',
  title: 'Cold feed, in the server',
  columns: ['socialdb', 'classic'],
  method: `Execution time of a page of ${PAGE}, as EXPLAIN (ANALYZE, TIMING OFF) tells it, prepared: the
strategy that \`auto\` takes against the classic query with the index (user_id, created_at DESC, id DESC),
which is given its faster plan, the generic one or the one made for the reader. Medians over readers of
the median of each.`,
  measure: (bench) =>
    bench.onNetwork(async (sql) => {
      const figures: Figure[] = [];
      for (const profile of bench.scale.profiles) {
        bench.log(`cold feed: readers of ${profile}`);
        figures.push(...(await profileFigures(sql, bench, profile)));
      }
      return [...figures, await silentFigure(sql, bench)];
    }),
};

async function profileFigures(sql: Sql, bench: Bench, profile: number): Promise<Figure[]> {
  const readers = await readersNear(sql, profile, bench.scale.readers);
  const ours: number[] = [];
  const classic: number[] = [];
  const today: number[] = [];
  for (const reader of readers) {
    const strategy = strategyOf('auto', reader.followees);
    const ways: Way[] = [
      { strategy, plan: 'generic', repeats: REPEATS },
      { strategy: 'classic', plan: await fasterPlan(sql, reader), hide: true },
      { strategy: 'classic', plan: 'custom' },
    ];
    const rounds = Math.ceil(bench.scale.rounds / 2);
    const [own = 0, hidden = 0, all = 0] = await measureWays(sql, reader, ways, rounds);
    ours.push(own);
    classic.push(hidden);
    today.push(all);
  }
  const what = `${count(profile)} followees`;
  const faster = FASTER[profile];
  const measured = median(ours);
  return [
    {
      ...timesFaster(what, { measured, against: median(classic) }),
      ...(faster && { limit: { atLeast: faster } }),
      point: { series: 'cold feed', size: profile },
    },
    {
      ...timesFaster(`${what}, the classic query with ${OURS_ALONE}, too`, {
        measured,
        against: median(today),
      }),
      note: 'the index that socialdb brings for itself helps the classic query as well',
    },
    share(
      `${what}, against ${CEILING_MS} ms`,
      'ms',
      { measured, against: CEILING_MS },
      { atMost: 1 },
    ),
  ];
}

async function silentFigure(sql: Sql, { scale }: Bench): Promise<Figure> {
  const reader = await silentReader(sql);
  const [measured = 0, against = 0] = await measureWays(
    sql,
    reader,
    [
      { strategy: strategyOf('auto', reader.followees), plan: 'generic' },
      { strategy: 'heads', plan: 'generic' },
    ],
    2 * scale.rounds,
  );
  const what = `${count(reader.followees)} silent followees, against heads first alone`;
  return share(what, 'ms', { measured, against }, { atMost: SILENT_TIMES });
}

/** Of the classic query. */
async function fasterPlan(sql: Sql, reader: Reader): Promise<Way['plan']> {
  const ways = (['generic', 'custom'] as const).map(
    (plan): Way => ({ strategy: 'classic', plan, hide: true }),
  );
  const [generic = 0, custom = 0] = await measureWays(sql, reader, ways, 1);
  return generic < custom ? 'generic' : 'custom';
}

interface Way {
  readonly strategy: Strategy;
  /** The plan that a prepared statement ends up with, or the one made for these parameters. */
  readonly plan: 'generic' | 'custom';
  /** Without the index that the classic query is not taught with. */
  readonly hide?: boolean;
  readonly repeats?: number;
}

/** Medians of the ways' execution times, milliseconds; what is changed for it is rolled back. */
function measureWays(sql: Sql, reader: Reader, ways: Way[], rounds: number): Promise<number[]> {
  return rolledBack(sql, { timeoutMs: 60_000 }, (transaction) =>
    inTurns(
      ways.map(
        (way): Side =>
          () =>
            undone(transaction, () => playedMs(transaction, reader, way)),
      ),
      rounds,
    ),
  );
}

async function playedMs(transaction: Transaction, { id }: Reader, way: Way): Promise<number> {
  const { strategy, plan, hide, repeats = 1 } = way;
  if (hide) await hideFromPlanner(transaction);
  const page = feedStatement(strategy, { userId: id, limit: PAGE, after: START });
  return executionMs(transaction, page, plan, repeats);
}

/** The planner leaves out an index that is marked invalid; every other session goes on seeing it. */
async function hideFromPlanner(transaction: Transaction): Promise<void> {
  await transaction`
    UPDATE pg_catalog.pg_index SET indisvalid = false
     WHERE indexrelid = ${OURS_ALONE}::text::regclass`;
}
