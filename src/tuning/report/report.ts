import postgres from 'postgres';
import { messageOf, RequestError } from '../../errors.js';
import type { FeedStores } from '../../feed/page.js';
import type { Sql } from '../../stores/postgres.js';
import { type Advice, adviseIndexes } from '../advise/advise.js';
import type { Explanation } from '../explanation.js';
import { compareGrowth, type Growth } from '../growth.js';
import { type IndexEntry, listIndexes } from '../indexes.js';
import { FEED_INDEXES, SEARCH_INDEXES } from '../known-indexes.js';
import { chooseReaders } from '../readers.js';
import { explainFeed, explainSearch } from '../subjects.js';
import { sampleTags, type Tag } from '../tags.js';
import { isCancelled } from '../time-limit.js';
import { type CacheTimes, measureCache } from './cache.js';
import {
  type Machine,
  readMachine,
  readSettings,
  readSizes,
  type Setting,
  type TableSize,
} from './server.js';

/** What was measured; or why it could not be, in words for the reader. */
export type Finding<T> = { readonly measured: T } | { readonly reason: string };

/** The Performance Optimization Report of one database, measured now. */
export interface Report {
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly sizes: readonly TableSize[];
  /** The feed without and with the indexes it stands on. */
  readonly feed: Finding<Explanation>;
  /** The same with and without the composite index alone. */
  readonly composite: Finding<Explanation>;
  /** The search for a frequent and for a rare tag, without and with the GIN index. */
  readonly searches: readonly { readonly tag: Tag; readonly search: Finding<Explanation> }[];
  /** The feed by each of its strategies, which all give the same rows. */
  readonly strategies: Finding<Explanation>;
  /** The feed without and with its indexes on made-up networks of growing size. */
  readonly growth: Finding<Growth>;
  /** For each of the readers who stand for all. */
  readonly cache: Finding<readonly CacheTimes[]>;
  readonly indexes: readonly IndexEntry[];
  readonly settings: readonly Setting[];
  readonly advice: Advice;
}

export interface ReportOptions {
  /** Numbers of posts of the made-up networks; none: nothing is made up. */
  readonly grow: readonly number[];
  /** Bound on one run, milliseconds. */
  readonly limitMs: number;
  readonly interrupted?: AbortSignal | undefined;
  /** Told what is measured next. */
  readonly onStep: (step: string) => void;
}

const COMPOSITE = FEED_INDEXES[0] ?? '';
const GIN = SEARCH_INDEXES[0] ?? '';

/**
 * Measures everything that the report says.
 *
 * @param sql with a time-out beyond `limitMs`
 * @throws RequestError `no-readers` where there is nobody whose feed could be read
 */
export async function measureReport(
  stores: FeedStores,
  sql: Sql,
  { onStep, grow, ...options }: ReportOptions,
): Promise<Report> {
  const readers = await chooseReaders(sql);
  onStep('the feed without and with its indexes');
  const feed = await attempt(explainFeed(sql, { ...options, compareIndex: true }));
  onStep('the composite index alone');
  const composite = await attempt(explainFeed(sql, { ...options, compareIndex: COMPOSITE }));
  const searches: Report['searches'][number][] = [];
  for (const tag of await sampleTags(sql)) {
    onStep(`the search for ${tag.tag}`);
    const compared = explainSearch(sql, [tag.tag], { ...options, compareIndex: GIN });
    searches.push({ tag, search: await attempt(compared) });
  }
  onStep('the strategies');
  const strategies = await attempt(explainFeed(sql, { ...options, compareStrategies: true }));
  const growth = await growthOf(stores, grow, { ...options, onStep });
  onStep('the cache');
  const cache = await cacheTimes(stores, readers);
  onStep('what could be better');
  const [machine, sizes, indexes, settings] = await Promise.all([
    readMachine(sql),
    readSizes(sql),
    listIndexes(sql),
    readSettings(sql),
  ]);
  const advice = await adviseIndexes(sql, { ...options, timeoutMs: options.limitMs });
  const measuredAt = new Date().toISOString();
  const measured = { feed, composite, searches, strategies, growth, cache };
  return { measuredAt, machine, sizes, ...measured, indexes, settings, advice };
}

async function attempt<T>(work: Promise<T>): Promise<Finding<T>> {
  try {
    return { measured: await work };
  } catch (error) {
    if (isCancelled(error)) return { reason: 'it was stopped at the time limit' };
    if (isForbidden(error)) return { reason: messageOf(error) };
    if (!(error instanceof RequestError)) throw error;
    return { reason: [error.message, error.hint].filter(Boolean).join('; ') };
  }
}

async function growthOf(
  stores: FeedStores,
  sizes: readonly number[],
  { onStep, ...options }: Omit<ReportOptions, 'grow'>,
): Promise<Finding<Growth>> {
  if (sizes.length === 0) return { reason: 'it was not asked for' };
  const onGrowth = (posts: number, step: string) => onStep(`growth, ${posts} posts: ${step}`);
  return attempt(compareGrowth(stores, sizes, { ...options, onStep: onGrowth }));
}

const FORBIDDEN = ['42501', '25006'];

/** The role has no right to it, or the server is read-only. */
function isForbidden(error: unknown): boolean {
  return error instanceof postgres.PostgresError && FORBIDDEN.includes(error.code);
}

async function cacheTimes(
  stores: FeedStores,
  readers: Awaited<ReturnType<typeof chooseReaders>>,
): Promise<Report['cache']> {
  if (!(await stores.redis())) return { reason: 'there is no Redis to be measured' };
  const measured: CacheTimes[] = [];
  for (const reader of readers) measured.push(await measureCache(stores, reader));
  return { measured };
}
