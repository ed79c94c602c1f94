import { type Bypass, type FeedPage, readFeed } from '../feed/page.js';
import { noteNext } from '../output/pages.js';
import { renderPosts } from '../output/posts.js';
import { milliseconds } from '../output/text.js';
import { withReactions } from '../social/reactions.js';
import type { Context } from './context.js';

export async function run(
  { stores, screen }: Context,
  user: string,
  options: { limit: number; after?: string; strategy: string; cache: boolean },
): Promise<void> {
  const read = await readFeed(stores, user, options);
  const page = { ...read, posts: await withReactions(stores.postgres(), read.posts) };
  screen.show(page, ({ posts }) => (posts.length ? renderPosts(posts, screen) : emptiness(page)));
  screen.note(`\n${provenance(page)}`);
  noteNext(screen, page.next, `feed ${page.user} --limit ${options.limit}`);
}

function emptiness({ user, followingCount }: Pick<FeedPage, 'user' | 'followingCount'>): string {
  return followingCount === 0
    ? `${user} follows nobody yet. Try: socialdb follow ${user} SOMEBODY`
    : `Nothing (more) in the feed of ${user}.`;
}

const REASONS: Record<Bypass, string> = {
  absent: 'not cached yet',
  changed: 'the cached page was out of date',
  corrupt: 'the cached page could not be read',
  unavailable: 'Redis failed',
  'not-asked': 'the cache was not asked',
  'no-redis': 'no Redis',
  'not-first-page': 'only first pages are cached',
  'many-followees': 'cheaper than proving a cached page for so many followees',
};

/** Where the page came from and what each step took. */
function provenance({ source, strategy, cacheMiss, timings }: Omit<FeedPage, 'posts'>): string {
  const { userMs, cacheMs, databaseMs, totalMs } = timings;
  const steps = [`user ${milliseconds(userMs)}`];
  if (cacheMs > 0) steps.push(`cache ${milliseconds(cacheMs)}`);
  if (source === 'database') steps.push(`database ${milliseconds(databaseMs)}`);
  const origin = cacheMiss ? `database (${strategy}; ${REASONS[cacheMiss]})` : 'cache';
  return `from the ${origin}: ${milliseconds(totalMs)} (${steps.join(', ')})`;
}
