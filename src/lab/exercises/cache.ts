import { type FeedSource, readThrough } from '../../feed/timeline.js';
import { type TimelineCache, touch } from '../../feed/versions.js';
import { JsonText } from '../../input/json.js';
import type { Post } from '../../social/posts.js';
import type { Bench } from '../bench.js';
import type { Exercise } from '../exercise.js';
import type { Session } from '../session.js';
import { shownCache } from '../shown-cache.js';
import { LIFETIME_MS } from '../stores.js';

const FEED = 'SELECT id, content FROM posts ORDER BY id DESC LIMIT 3';
const [READER, AUTHOR] = ['1', '2'];

async function page(session: Session): Promise<Pick<Post, 'id' | 'content'>[]> {
  const { rows } = await session.run(FEED);
  return rows.map(([id, content]) => ({ id: id ?? '', content: content ?? '' }));
}

async function startAgain(bench: Bench): Promise<void> {
  const { cache, prefix } = bench.stores;
  const writer = await bench.session('writer');
  await writer.quietly.run('DELETE FROM posts WHERE id > 2');
  for (const name of ['feed', `timeline:${READER}`]) {
    const value = await cache.get(prefix + name);
    if (value !== null) await cache.deleteIfEqual(prefix + name, value);
  }
}

const publish = (session: Session) => session.run(`INSERT INTO posts VALUES (3, 'third')`);
const holdsThird = (posts: readonly { content: string }[]) =>
  posts.some(({ content }) => content === 'third');

/** Cache-aside as everybody writes it first; `meanwhile` runs between the query and the SET. */
async function readAside(bench: Bench, meanwhile = async () => {}) {
  const reader = await bench.session('reader');
  const cache = shownCache(bench, 'reader');
  const cached = await cache.get('feed');
  if (cached !== null) return JSON.parse(cached) as { content: string }[];
  const posts = await page(reader);
  await meanwhile();
  await cache.set('feed', JSON.stringify(posts), LIFETIME_MS);
  return posts;
}

/** The same with socialdb's own protocol, from src/feed/timeline.ts. */
async function readValidated(bench: Bench, meanwhile = async () => {}) {
  const reader = await bench.session('reader');
  const cache: TimelineCache = { store: shownCache(bench, 'reader'), prefix: bench.stores.prefix };
  const source: FeedSource = {
    followees: async () => [AUTHOR],
    async compute() {
      const posts = await page(reader);
      await meanwhile();
      const rest = { author: 'bob', authorId: AUTHOR, metadata: new JsonText('{}'), createdAt: '' };
      return posts.map((post) => ({ ...rest, ...post }));
    },
    computeWithFollowees: async () => ({ followees: [AUTHOR], posts: await source.compute() }),
  };
  const failed = (error: unknown) => {
    throw error;
  };
  return readThrough(cache, READER, source, { ttlMs: LIFETIME_MS, onFailure: failed });
}

export const cache: Exercise = {
  name: 'cache',
  title: 'Cache-aside, its stale read, and versions',
  aim: 'show how a cache becomes stale though every write deletes its key, and what prevents it',
  minutes: 15,
  uses: {
    store: 'redis',
    otherwise:
      'There is no Redis, so a table of PostgreSQL plays the cache; the protocol is the same.',
  },
  tables: `
    CREATE TABLE posts (id int PRIMARY KEY, content text NOT NULL);
    INSERT INTO posts VALUES (1, 'first'), (2, 'second')`,
  steps: [
    {
      tell: 'Cache-aside: look into the cache; on a miss ask the database and put the answer into the cache. The reader reads its feed twice.',
      ask: { text: 'How many of the two reads ask the database?' },
      async run(bench) {
        await startAgain(bench);
        let asked = 0;
        for (let read = 0; read < 2; read += 1) {
          await readAside(bench, async () => {
            asked += 1;
          });
        }
        return {
          right: asked,
          conclusion:
            'The first read paid for the second. That is all there is to it, until somebody writes.',
        };
      },
    },
    {
      tell: 'A writer publishes a post and, as everybody is told, deletes the cached feed after the commit. Then the reader reads again.',
      ask: { text: 'Is the new post in what the reader gets?', choices: ['yes', 'no'] },
      async run(bench) {
        await startAgain(bench);
        await readAside(bench);
        await publish(await bench.session('writer'));
        await shownCache(bench, 'writer').del('feed');
        return {
          right: holdsThird(await readAside(bench)) ? 0 : 1,
          conclusion: 'One after the other it works. Now let the two overlap.',
        };
      },
    },
    {
      tell: 'The same statements with the worst timing: the reader has its answer from the database, and before it writes it into the cache, the writer commits and deletes the key. Then somebody reads once more.',
      ask: { text: 'Is the new post in what this last reader gets?', choices: ['yes', 'no'] },
      async run(bench) {
        await startAgain(bench);
        await readAside(bench, async () => {
          await publish(await bench.session('writer'));
          await shownCache(bench, 'writer').del('feed');
        });
        return {
          right: holdsThird(await readAside(bench)) ? 0 : 1,
          conclusion:
            'The key was deleted before the old page was written. The stale page stays until its time to live is over, although every write deleted the key. No order of the writer’s two steps helps.',
        };
      },
    },
    {
      tell: 'socialdb’s protocol has versions instead. A write sets a new random token for its author; a fill reads the tokens before it asks the database, and keeps them with the page; a page counts only if its tokens are still the same. The timing is the same as before.',
      ask: { text: 'Is the new post in what the last reader gets?', choices: ['yes', 'no'] },
      async run(bench) {
        await startAgain(bench);
        await readValidated(bench, async () => {
          await publish(await bench.session('writer'));
          const versions = { store: shownCache(bench, 'writer'), prefix: bench.stores.prefix };
          await touch(versions, { authors: [AUTHOR] });
        });
        const { posts, miss } = await readValidated(bench);
        return {
          right: holdsThird(posts) ? 0 : 1,
          conclusion: `The old page was stored with the old token, so it proved to be out of date (${miss ?? 'a hit'}) and was computed anew. A lost token counts as changed, too, so that eviction and FLUSHALL are safe.`,
        };
      },
    },
  ],
};
