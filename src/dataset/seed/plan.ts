import { UsageError } from '../../errors.js';
import { MICROS_PER_DAY } from '../timestamps.js';

/** What a seeded network is made from; the same plan makes the same rows, on every machine. */
export interface SeedPlan {
  readonly users: number;
  readonly posts: number;
  readonly follows: number;
  readonly comments: number;
  readonly likes: number;
  /** Any text. */
  readonly seed: string;
  /** When the data ends, microseconds since 2000-01-01 UTC. */
  readonly until: number;
}

/** Users arrive from the first day on, and talk from this day on. */
export const SILENT_DAYS = 60;
/** How many days the data spans. */
export const DAYS = 180;

/** 2026-11-01, a fixed day: data that ends now would be other data with each call. */
const UNTIL = 9_801 * MICROS_PER_DAY;
const USERS = 2_000;
const POSTS_EACH = 25;
const FOLLOWS_EACH = 30;

/**
 * Fills in what a plan leaves open: 2,000 users, 25 posts and 30 follows each, a comment for every
 * second post, three likes for two posts; fewer where there are not so many pairs.
 *
 * @throws UsageError `bad-plan` when somebody would have to follow or like the same twice
 */
export function completePlan(wanted: Partial<SeedPlan>): SeedPlan {
  const { users = USERS, seed = '1', until = UNTIL } = wanted;
  const { posts = POSTS_EACH * users } = wanted;
  const pairs = users * Math.max(0, users - 1);
  const { follows = Math.min(FOLLOWS_EACH * users, pairs), comments = Math.floor(posts / 2) } =
    wanted;
  const { likes = Math.min(Math.floor(posts * 1.5), users * posts) } = wanted;
  if (users === 0 && posts > 0) throw badPlan('posts need users');
  if (posts === 0 && comments > 0) throw badPlan('comments need posts');
  if (follows > pairs) throw badPlan(`${users} users can follow each other ${pairs} times at most`);
  if (likes > users * posts) {
    throw badPlan(`${users} users can like ${posts} posts ${users * posts} times at most`);
  }
  return { users, posts, follows, comments, likes, seed, until };
}

function badPlan(what: string): UsageError {
  return new UsageError('bad-plan', what, 'see: socialdb seed --help');
}
