import { readFeed } from '../../../src/feed/page.js';
import { readTimeline, timelineKey } from '../../../src/feed/proof.js';
import { feedStatement, strategyOf } from '../../../src/feed/statement.js';
import { MAX_FOLLOWEES, readThrough, TIMELINE_POSTS } from '../../../src/feed/timeline.js';
import { openCache, type RedisCache } from '../../../src/feed/versions.js';
import { count } from '../../../src/output/text.js';
import { START } from '../../../src/social/cursor.js';
import type { Post } from '../../../src/social/posts.js';
import { runStatement } from '../../../src/stores/queries.js';
import type { Stores } from '../../../src/stores/stores.js';
import type { Bench } from '../bench.js';
import { type Reader, readersNear } from '../readers.js';
import { type Figure, type Row, share } from '../row.js';
import { withStores } from '../stores.js';
import { callMs, inTurns, median } from '../turns.js';

const TIMES_GET = 2.5;
const PART_OF_COLD = 0.5;
/** Between the profiles, where the cache stops to pay. */
const SIZES_BETWEEN = [80, MAX_FOLLOWEES, 200, 300, 400];
const HOUR_MS = 3_600_000;

export const cachedFeed: Row = {
  key: 'cached-feed',
  title: 'Cached feed',
  columns: ['cached', 'against'],
  method: `\`readTimeline\`, which proves each followee's version, against ioredis GET of the same key, whose
reply is not even parsed; and against the cold feed's statement from the same process. Beyond
MAX_FOLLOWEES (${MAX_FOLLOWEES}) the cache is not used; what it would cost there is shown without a limit.`,
  async measure(bench) {
    return withStores(bench, await bench.network(), async (stores) => {
      const sql = stores.postgres();
      const cache = await openCache(stores, sql);
      if (!cache) throw new Error('Redis is gone');
      const { profiles } = bench.scale;
      const [largest = 0] = profiles.toSorted((a, b) => b - a);
      const between = SIZES_BETWEEN.filter((size) => size < largest);
      const figures: Figure[] = [];
      for (const size of [...profiles, ...between].toSorted((a, b) => a - b)) {
        bench.log(`cached feed: ${size} followees`);
        const readers = await readersNear(sql, size, bench.scale.readers);
        figures.push(...(await figuresOf(bench, stores, cache, size, readers)));
      }
      return figures;
    });
  },
};

/** Medians over readers of one size. */
async function figuresOf(
  bench: Bench,
  stores: Stores,
  cache: RedisCache,
  size: number,
  readers: readonly Reader[],
): Promise<Figure[]> {
  const measured: ReaderTimes[] = [];
  for (const reader of readers) measured.push(await timesOf(bench, stores, cache, reader));
  const of = (call: keyof ReaderTimes) => median(measured.map((times) => times[call]));
  const used = size <= MAX_FOLLOWEES;
  const what = `${count(size)} followees`;
  const toGet = { measured: of('hit'), against: of('get') };
  const toCold = { measured: of('hit'), against: of('cold') };
  const toWholeCold = { measured: of('wholeHit'), against: of('wholeCold') };
  return [
    share(`${what}, to GET`, 'ms', toGet, used ? { atMost: TIMES_GET } : undefined),
    {
      ...share(
        `${what}, to the cold feed`,
        'ms',
        toCold,
        used ? { atMost: PART_OF_COLD } : undefined,
      ),
      ...(!used && { note: 'not used: read from the database' }),
    },
    ...(used ? [share(`${what}, \`readFeed\` as a whole`, 'ms', toWholeCold)] : []),
  ];
}

type ReaderTimes = Record<'hit' | 'get' | 'cold' | 'wholeHit' | 'wholeCold', number>;

/** What the calls take for one reader, milliseconds. */
async function timesOf(
  { scale }: Bench,
  stores: Stores,
  cache: RedisCache,
  reader: Reader,
): Promise<ReaderTimes> {
  const sql = stores.postgres();
  const { id, followees } = reader;
  const strategy = strategyOf('auto', followees);
  const page = feedStatement(strategy, { userId: id, limit: TIMELINE_POSTS, after: START });
  const compute = () => runStatement<Post>(sql, page);
  await fill(stores, cache, reader, compute);
  const read = (cached: boolean) => () =>
    readFeed(stores, id, { limit: TIMELINE_POSTS, strategy: 'auto', cache: cached });
  const calls = [
    () => hit(cache, id),
    () => cache.redis.get(timelineKey(cache, id)),
    compute,
    read(true),
    read(false),
  ];
  const forMs = scale.turnMs / 8;
  const [hitMs = 0, get = 0, cold = 0, wholeHit = 0, wholeCold = 0] = await inTurns(
    calls.map((call: () => Promise<unknown>) => () => callMs(call, forMs)),
    Math.ceil(scale.rounds / 2),
  );
  return { hit: hitMs, get, cold, wholeHit, wholeCold };
}

/** Fills the timeline whatever MAX_FOLLOWEES says. */
async function fill(
  stores: Stores,
  cache: RedisCache,
  { id }: Reader,
  compute: () => Promise<Post[]>,
): Promise<void> {
  const followees = async () => {
    const rows = await stores.postgres()<{ id: string }[]>`
      SELECT followed_id AS id FROM followers WHERE follower_id = ${id} ORDER BY 1`;
    return rows.map((row) => row.id);
  };
  // Nobody follows meanwhile.
  const computeWithFollowees = async () => ({
    followees: await followees(),
    posts: await compute(),
  });
  const onFailure = (error: unknown) => {
    throw error;
  };
  await cache.redis.del(timelineKey(cache, id));
  const source = { followees, compute, computeWithFollowees };
  await readThrough(cache, id, source, { ttlMs: HOUR_MS, onFailure });
}

async function hit(cache: RedisCache, readerId: string): Promise<void> {
  const found = await readTimeline(cache, readerId);
  if (!('posts' in found)) throw new Error(`the timeline is ${found.miss}`);
}
