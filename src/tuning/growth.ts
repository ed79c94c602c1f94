import { completePlan } from '../dataset/seed/plan.js';
import { seed } from '../dataset/seed/seed.js';
import { InterruptedError } from '../errors.js';
import { migrate } from '../schema/migrations.js';
import { inScratchSchema } from '../schema/scratch.js';
import type { Sql } from '../stores/postgres.js';
import type { Stores } from '../stores/stores.js';
import type { Explanation } from './explanation.js';
import { chooseReaders } from './readers.js';
import { type ExplainFeedOptions, explainFeed } from './subjects.js';

/** One comparison on a network of a certain size. */
export interface GrownComparison extends Explanation {
  readonly posts: number;
  readonly users: number;
  readonly follows: number;
}

export interface Growth {
  readonly subject: 'feed';
  readonly sizes: readonly GrownComparison[];
}

export interface GrowthOptions extends ExplainFeedOptions {
  /** Told what is being done: `100,000 posts: seeding`. */
  readonly onStep?: ((posts: number, step: string) => void) | undefined;
}

/** Seeding, and building indexes on what was seeded. */
const PATIENCE_MS = 600_000;
const POSTS_EACH = 25;

/**
 * Compares the feed without and with its indexes on seeded networks of growing size, each in a schema
 * of its own, for the median reader of each. What is in the database already is neither read nor
 * touched.
 *
 * @param sizes numbers of posts, ascending
 * @throws what {@link explainFeed} throws; InterruptedError, after the schema has been dropped
 */
export async function compareGrowth(
  stores: Pick<Stores, 'postgres' | 'config'>,
  sizes: readonly number[],
  options: GrowthOptions,
): Promise<Growth> {
  const grown: GrownComparison[] = [];
  for (const posts of sizes) {
    if (options.interrupted?.aborted) throw new InterruptedError();
    grown.push(
      await inScratchSchema(stores, PATIENCE_MS, (scratch) => compareAt(scratch, posts, options)),
    );
  }
  return { subject: 'feed', sizes: grown };
}

async function compareAt(
  sql: Sql,
  posts: number,
  options: GrowthOptions,
): Promise<GrownComparison> {
  const { interrupted, onStep } = options;
  onStep?.(posts, 'seeding');
  await migrate(sql);
  const users = Math.max(50, Math.round(posts / POSTS_EACH));
  const plan = completePlan({ users, posts, comments: 0, likes: 0 });
  const seeded = await seed(sql, plan, {
    ...(interrupted && { interrupted }),
    onProgress: ({ step }) => onStep?.(posts, `seeding ${step}`),
  });
  onStep?.(posts, 'measuring');
  const [median] = await chooseReaders(sql);
  const compared = await explainFeed(sql, {
    ...options,
    user: median?.username,
    compareIndex: options.compareIndex ?? true,
  });
  return { ...compared, posts: seeded.posts, users: seeded.users, follows: seeded.follows };
}
