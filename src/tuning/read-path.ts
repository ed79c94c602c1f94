import { type Bypass, type FeedPage, type FeedStores, readFeed } from '../feed/page.js';
import { type SentCommand, traceRedis } from '../stores/redis-trace.js';

/** One read of a feed, step by step, as `feed` makes it. */
export interface ReadPath {
  readonly user: string;
  readonly source: FeedPage['source'];
  /** Null: the page came from the cache. */
  readonly cacheMiss: Bypass | null;
  /** What was asked of Redis, in order. */
  readonly redis: readonly SentCommand[];
  /** The strategy of the statement that computed the page; null: none was run. */
  readonly strategy: FeedPage['strategy'] | null;
  readonly timings: FeedPage['timings'];
}

/**
 * Reads a user's first page, as `feed` would, cache and all, and writes down what that took. Like any
 * read it fills the cache on a miss.
 *
 * @param limit posts on the page
 * @throws what {@link readFeed} throws
 */
export async function traceRead(
  stores: FeedStores,
  user: string,
  strategy: string,
  limit: number,
): Promise<ReadPath> {
  const read = () => readFeed(stores, user, { limit, strategy, cache: true });
  const redis = await stores.redis();
  const { result: page, sent } = redis
    ? await traceRedis(redis, read)
    : { result: await read(), sent: [] };
  return {
    user: page.user,
    source: page.source,
    cacheMiss: page.cacheMiss,
    redis: sent,
    strategy: page.source === 'cache' ? null : page.strategy,
    timings: page.timings,
  };
}
