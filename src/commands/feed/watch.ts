import { setTimeout } from 'node:timers/promises';
import { readFeed } from '../../feed/page.js';
import { readSince } from '../../feed/since.js';
import { withLiveView } from '../../output/live.js';
import { renderPosts } from '../../output/posts.js';
import type { Post } from '../../social/posts.js';
import { withReactions } from '../../social/reactions.js';
import type { Context } from '../context.js';
import { outlast } from '../outlast.js';

const POLL_MS = 1_000;

interface Options {
  readonly limit: number;
  readonly strategy: string;
  readonly cache: boolean;
}

/**
 * Shows a feed and what comes in, until it is interrupted: on a terminal as a view with the newest
 * post on top, elsewhere as a stream, each post once as it comes.
 */
export async function watch(context: Context, user: string, options: Options): Promise<void> {
  const { stores, screen, config, interrupted } = context;
  const page = await readFeed(stores, user, options);
  const onFailure = outlast(config, screen.warn);
  const news = newer(context, page.user, { since: page.since, limit: options.limit }, onFailure);
  if (!screen.stdout.isTTY || screen.options.json) {
    for await (const posts of news) {
      for (const post of posts.reverse()) screen.item(post, (one) => renderPosts([one], screen));
    }
    return;
  }
  await withLiveView(screen, async (view) => {
    let posts: Post[] = page.posts;
    let fresh = 0;
    const draw = async () => {
      const shown = await withReactions(
        stores.postgres(),
        posts.map(({ rank: _, ...post }: Post & { rank?: number }) => post),
      );
      const title = `${screen.style.bold(`feed of ${page.user}`)}  ${screen.style.dim(`${fresh} new · Ctrl-C ends`)}`;
      view.draw([title, '', ...renderPosts(shown, screen).split('\n')]);
    };
    await draw();
    for await (const more of news) {
      fresh += more.length;
      posts = [...more, ...posts].slice(0, options.limit);
      if (interrupted.aborted) break;
      await draw().catch(onFailure);
    }
  });
}

/** What comes in, newest first in each batch; an empty batch where nothing came for a while. */
async function* newer(
  { stores, interrupted }: Context,
  user: string,
  start: { since: string; limit: number },
  onFailure: (error: unknown) => void,
): AsyncGenerator<Post[]> {
  let { since } = start;
  while (!interrupted.aborted) {
    await setTimeout(POLL_MS, undefined, { signal: interrupted }).catch(() => {});
    if (interrupted.aborted) return;
    try {
      const read = await readSince(stores.postgres(), user, since, start.limit);
      since = read.since;
      yield read.posts;
    } catch (error) {
      onFailure(error);
    }
  }
}
