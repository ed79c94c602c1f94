import { UsageError } from '../errors.js';
import type { FeedStores } from '../feed/page.js';
import { feedStatement, type Strategy, strategyOf } from '../feed/statement.js';
import { START } from '../social/cursor.js';
import { searchStatement, tagsDocument } from '../social/search.js';
import type { Sql } from '../stores/postgres.js';
import { compareIndexes } from './compare.js';
import { inlined } from './explain.js';
import type { Case, Explanation } from './explanation.js';
import { hintsOf } from './hints/hints.js';
import { FEED_INDEXES, SEARCH_INDEXES } from './known-indexes.js';
import type { RunOptions } from './legs.js';
import { measureCases } from './plain.js';
import { traceRead } from './read-path.js';
import { chooseReaders, type Reader } from './readers.js';
import { refusalOf } from './refusal.js';
import { compareStrategies } from './strategies.js';
import { orTimeLimit } from './time-limit.js';

interface ExplainOptions extends Omit<RunOptions, 'runs'> {
  /** Measured runs of each leg; by default five of a comparison, one otherwise. */
  readonly runs?: number | undefined;
  /** The index to compare without and with; `true` for all that the statement stands on. */
  readonly compareIndex?: string | true | undefined;
  /** The key of the technique to compare with; by default the best that works here. */
  readonly technique?: string | undefined;
  /** Whether a comparison may make other sessions wait. */
  readonly allowLock?: boolean | undefined;
}

export interface ExplainFeedOptions extends ExplainOptions {
  /** The reader; several who stand for all where none is named. */
  readonly user?: string | undefined;
  /** One of the feed's strategies. */
  readonly strategy?: string | undefined;
  /** Measure all strategies against each other. */
  readonly compareStrategies?: boolean | undefined;
  /** Through which a feed is read once, to show the whole path; without: only the statement. */
  readonly stores?: FeedStores | undefined;
}

/** Posts on the page that is explained: what `feed` and `search` show. */
const PAGE = 20;
const COMPARED_RUNS = 5;

/**
 * What a feed may be computed by without its indexes, where no strategy is named: these say what rows
 * are wanted and leave how to the planner. The feed's own prescribe a descent for each followee, which
 * without the index is a scan of all posts for each: nobody would run that, so its speed-up would
 * flatter.
 */
const LEFT_TO_THE_PLANNER: readonly Strategy[] = ['classic', 'newest'];

/**
 * Explains the statement that `feed` runs, for one reader or for those who stand for all.
 *
 * @throws what {@link chooseReaders} and {@link compareIndexes} throw; UsageError for a strategy that
 *   does not exist
 */
export async function explainFeed(sql: Sql, options: ExplainFeedOptions): Promise<Explanation> {
  const named = options.strategy ?? 'auto';
  const others = options.strategy ? [] : LEFT_TO_THE_PLANNER;
  const readers = await chooseReaders(sql, options.user);
  if (options.compareStrategies) {
    const measured = { ...options, runs: options.runs ?? COMPARED_RUNS };
    const compared = await compareStrategies(sql, readers, PAGE, measured);
    // Strategies that lose by design would fill the hints with what everybody knows.
    return { subject: 'feed', strategy: null, ...compared, hints: [] };
  }
  const cases = await Promise.all(
    readers.map(async (reader): Promise<Case> => {
      const strategy = strategyOf(named, reader.followees);
      const request = { userId: reader.id, limit: PAGE, after: START };
      const statementOf = async (name: Strategy) => ({
        ...(await inlined(sql, feedStatement(name, request))),
        name,
      });
      return {
        reader,
        statement: await statementOf(strategy),
        alternatives: await Promise.all(others.map(statementOf)),
        ordered: true,
      };
    }),
  );
  const measured = await run(sql, cases, options, FEED_INDEXES);
  return {
    subject: 'feed',
    strategy: named,
    ...measured,
    ...(await pathOf(readers, named, options)),
  };
}

async function pathOf(
  [reader]: readonly Reader[],
  strategy: string,
  { stores, compareIndex }: ExplainFeedOptions,
): Promise<Partial<Explanation>> {
  if (!reader || !stores || compareIndex !== undefined) return {};
  const { timeoutMs } = stores.config;
  const path = await orTimeLimit(timeoutMs, traceRead(stores, reader.username, strategy, PAGE));
  return path ? { path } : { pathStoppedAfterMs: timeoutMs };
}

/** Explains the statement that `search` runs for posts with all these tags. */
export async function explainSearch(
  sql: Sql,
  tags: readonly string[],
  options: ExplainOptions,
): Promise<Explanation> {
  const statement = await inlined(sql, searchStatement(tagsDocument(tags), PAGE, START));
  const cases = [{ reader: null, statement: { ...statement, name: 'search' }, ordered: true }];
  return { subject: 'search', strategy: null, ...(await run(sql, cases, options, SEARCH_INDEXES)) };
}

/**
 * Explains a statement of the user's.
 *
 * @param name what to call it: the file it came from
 * @param text one statement that only reads; the server checks that
 * @throws RequestError `bad-statement` with line and column when the server refuses it
 */
export async function explainSql(
  sql: Sql,
  name: string,
  text: string,
  options: ExplainOptions,
): Promise<Explanation> {
  if (options.compareIndex === true) {
    throw new UsageError(
      'no-index-named',
      'which index the statement is to be compared without is not said',
      'name it: --compare-index NAME; see: socialdb index list',
    );
  }
  const cases = [{ reader: null, statement: { name, text }, ordered: false }];
  const measured = await run(sql, cases, options, []).catch((error) => {
    throw refusalOf(error, text);
  });
  return { subject: name, strategy: null, ...measured };
}

async function run(
  sql: Sql,
  cases: Case[],
  options: ExplainOptions,
  standsOn: readonly string[],
): Promise<Omit<Explanation, 'subject' | 'strategy'>> {
  const measured = await measureOrCompare(sql, cases, options, standsOn);
  const told = measured.legs.filter(({ name }) => measured.technique === null || name === 'with');
  // A plan on copies says nothing about the state of the real tables.
  const plans = measured.copies.length > 0 ? [] : told.map(({ plan }) => plan);
  return { ...measured, hints: await hintsOf(sql, plans) };
}

function measureOrCompare(
  sql: Sql,
  cases: Case[],
  options: ExplainOptions,
  standsOn: readonly string[],
) {
  const { compareIndex } = options;
  if (compareIndex === undefined)
    return measureCases(sql, cases, { ...options, runs: options.runs ?? 1 });
  const index = compareIndex === true ? undefined : compareIndex;
  const compared = { ...options, runs: options.runs ?? COMPARED_RUNS, index, standsOn };
  return compareIndexes(sql, cases, compared);
}
