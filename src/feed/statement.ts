import { UsageError } from '../errors.js';
import type { Position } from '../social/cursor.js';
import { type Statement, statement } from '../stores/queries.js';

/** How a feed can be computed; each is sql/queries/feed_NAME.sql, and all give the same rows. */
export const STRATEGIES = ['probe', 'heads', 'lateral', 'classic', 'newest'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What `auto` stands for: the one that is near the best for every reader. */
const DEFAULT_STRATEGY: Strategy = 'probe';

export interface FeedRequest {
  readonly userId: string;
  /** Posts on the page. */
  readonly limit: number;
  /** The row behind which the page begins. */
  readonly after: Position;
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
  return statement(
    `feed_${strategy}`,
    userId,
    String(limit),
    after.createdAt,
    after.id,
    String(after.rank),
  );
}
