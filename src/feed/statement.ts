import { UsageError } from '../errors.js';
import { queryText } from '../stores/queries.js';

/** How a feed can be computed; each is sql/queries/feed_NAME.sql, and all give the same rows. */
export const STRATEGIES = ['probe', 'heads', 'lateral', 'classic', 'newest'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What `auto` stands for: the one that is near the best for every reader. */
const DEFAULT_STRATEGY: Strategy = 'probe';

/** A row of the feed to go on behind. */
export interface Position {
  /** ISO 8601 with microseconds, or `infinity`. */
  readonly createdAt: string;
  readonly id: string;
  /** Its rank in the feed, counted from 1; 0 before the first row. */
  readonly rank: number;
}

/** Before the first row: nothing is newer. */
export const START: Position = {
  createdAt: 'infinity',
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  rank: 0,
};

export interface FeedRequest {
  readonly userId: string;
  /** Posts on the page. */
  readonly limit: number;
  /** The row behind which the page begins. */
  readonly after: Position;
}

/** A statement with its parameters, as it is run and as it is explained. */
export interface Statement {
  /** The file in sql/queries, without `.sql`. */
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly string[];
}

/**
 * The strategy that a user names.
 *
 * @param name one of {@link STRATEGIES}, or `auto`
 * @throws UsageError for any other name
 */
export function strategyOf(name: string): Strategy {
  if (name === 'auto') return DEFAULT_STRATEGY;
  const strategy = STRATEGIES.find((known) => known === name);
  if (strategy) return strategy;
  throw new UsageError(
    'unknown-strategy',
    `there is no strategy '${name}'`,
    `one of: auto, ${STRATEGIES.join(', ')}`,
  );
}

/** The statement that computes one page of a feed. */
export function feedStatement(strategy: Strategy, request: FeedRequest): Statement {
  const { userId, limit, after } = request;
  const name = `feed_${strategy}`;
  return {
    name,
    text: queryText(name),
    parameters: [userId, String(limit), after.createdAt, after.id, String(after.rank)],
  };
}
