import { UsageError } from '../errors.js';
import { nearest } from '../input/nearest.js';
import type { Position } from '../social/cursor.js';
import { pageStatement, type Statement } from '../stores/queries.js';

/** How a feed can be computed; each is sql/queries/feed_NAME.sql, and all give the same rows. */
export const STRATEGIES = ['probe', 'heads', 'lateral', 'classic', 'newest'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/**
 * Up to this many followees a descent for each costs less than looking at everybody's newest posts.
 * With 2M posts, medians of eight readers: 0.9 ms against 1.4 at 100 followees, 0.9 against 0.65 at 130,
 * 1.6 against 0.7 at 210.
 */
const FEW_FOLLOWEES = 120;

export interface FeedRequest {
  readonly userId: string;
  /** Posts on the page. */
  readonly limit: number;
  /** The row behind which the page begins. */
  readonly after: Position;
}

/**
 * The strategy that a user names; `auto` is the one that is the best for a reader of so many.
 *
 * @param name one of {@link STRATEGIES}, or `auto`
 * @param followees how many the reader follows
 * @throws UsageError for any other name
 */
export function strategyOf(name: string, followees: number): Strategy {
  if (name === 'auto') return followees <= FEW_FOLLOWEES ? 'heads' : 'probe';
  const strategy = STRATEGIES.find((known) => known === name);
  if (strategy) return strategy;
  const near = nearest(name, ['auto', ...STRATEGIES]);
  throw new UsageError(
    'unknown-strategy',
    `there is no strategy '${name}'`,
    near ? `did you mean ${near}?` : `one of: auto, ${STRATEGIES.join(', ')}`,
  );
}

/** The statement that computes one page of a feed. */
export function feedStatement(strategy: Strategy, request: FeedRequest): Statement {
  const { userId, limit, after } = request;
  const { createdAt, id, rank } = after;
  return pageStatement(`feed_${strategy}`, limit, userId, createdAt, id, String(rank));
}
