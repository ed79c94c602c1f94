import { type FeedPage, readFeed } from '../../feed/page.js';
import { readSince } from '../../feed/since.js';
import { MISS_REASONS } from '../../output/feed-source.js';
import { noteNext } from '../../output/pages.js';
import { renderPosts } from '../../output/posts.js';
import { milliseconds } from '../../output/text.js';
import { withReactions } from '../../social/reactions.js';
import type { Context } from '../context.js';

interface Options {
  readonly limit: number;
  readonly after?: string;
  readonly since?: string;
  readonly strategy: string;
  readonly cache: boolean;
  readonly watch?: boolean;
  readonly why?: string;
}

export async function run(context: Context, user: string, options: Options): Promise<void> {
  if (options.why !== undefined) {
    const { explainWhy } = await import('./why.js');
    return explainWhy(context, user, options.why);
  }
  if (options.watch) {
    const { watch } = await import('./watch.js');
    return watch(context, user, options);
  }
  return options.since === undefined
    ? showPage(context, user, options)
    : showNewer(context, user, options.since, options.limit);
}

async function showPage({ stores, screen }: Context, user: string, options: Options) {
  const read = await readFeed(stores, user, options);
  const page = { ...read, posts: await withReactions(stores.postgres(), read.posts) };
  screen.show(page, ({ posts }) =>
    posts.length ? renderPosts(posts, screen) : emptiness(page, options.after),
  );
  screen.note(`\n${provenance(page)}`);
  noteNext(screen, page.next, `feed ${page.user} --limit ${options.limit}`);
}

async function showNewer({ stores, screen }: Context, user: string, since: string, limit: number) {
  const sql = stores.postgres();
  const read = await readSince(sql, user, since, limit);
  const page = { ...read, posts: await withReactions(sql, read.posts), next: null };
  screen.show(page, ({ posts }) =>
    posts.length ? renderPosts(posts, screen) : `Nothing newer in the feed of ${page.user}.`,
  );
  const more = page.more ? 'there is more; ' : '';
  screen.note(`\n${more}next time: socialdb feed ${page.user} --since ${page.since}`);
}

function emptiness(
  { user, followingCount }: Pick<FeedPage, 'user' | 'followingCount'>,
  after?: string,
) {
  if (followingCount === 0)
    return `${user} follows nobody yet. Try: socialdb follow ${user} SOMEBODY`;
  return after === undefined
    ? `Nobody whom ${user} follows has posted yet.`
    : `That is all: nothing older is in the feed of ${user}.`;
}

/** Where the page came from and what each step took. */
function provenance({ source, strategy, cacheMiss, timings }: Omit<FeedPage, 'posts'>): string {
  const { userMs, cacheMs, databaseMs, totalMs } = timings;
  const steps = [`user ${milliseconds(userMs)}`];
  if (cacheMs > 0) steps.push(`cache ${milliseconds(cacheMs)}`);
  if (source === 'database') steps.push(`database ${milliseconds(databaseMs)}`);
  const origin = cacheMiss ? `database (${strategy}; ${MISS_REASONS[cacheMiss]})` : 'cache';
  return `from the ${origin}: ${milliseconds(totalMs)} (${steps.join(', ')})`;
}
