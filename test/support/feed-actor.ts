// A process of its own that does what its parent says, one request at a time or many at once; it may be
// killed at any moment. Arguments: the URLs of PostgreSQL and Redis.
import { readFeed } from '../../src/feed/page.js';
import { follow, unfollow } from '../../src/social/follow.js';
import { createPost, deletePost } from '../../src/social/posts.js';
import { openStores } from './stores.js';

export type Operation =
  | { readonly kind: 'post'; readonly author: string }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'follow' | 'unfollow'; readonly reader: string; readonly author: string }
  | { readonly kind: 'read'; readonly reader: string };

/** A post as it was acknowledged, or as a page shows it. */
export interface Shown {
  readonly id: string;
  readonly author: string;
  readonly createdAt: string;
}

export type Answer =
  | { readonly number: number; readonly posts: Shown[]; readonly source?: string }
  | { readonly number: number; readonly failure: string };

const [databaseUrl = '', redisUrl = ''] = process.argv.slice(2);
const stores = openStores({ databaseUrl, redisUrl });

async function perform(operation: Operation): Promise<{ posts: Shown[]; source?: string }> {
  switch (operation.kind) {
    case 'post':
      return { posts: [await createPost(stores, { author: operation.author, content: 'x' })] };
    case 'delete':
      await deletePost(stores, operation.id);
      return { posts: [] };
    case 'follow':
      await follow(stores, operation.reader, operation.author);
      return { posts: [] };
    case 'unfollow':
      await unfollow(stores, operation.reader, operation.author);
      return { posts: [] };
    case 'read': {
      const options = { limit: 20, strategy: 'auto', cache: true };
      const { posts, source } = await readFeed(stores, operation.reader, options);
      return {
        posts: posts.map(({ id, author, createdAt }) => ({ id, author, createdAt })),
        source,
      };
    }
  }
}

process.on('message', ({ number, operation }: { number: number; operation: Operation }) => {
  perform(operation).then(
    (done) => process.send?.({ number, ...done } satisfies Answer),
    (error) => process.send?.({ number, failure: String(error) } satisfies Answer),
  );
});
process.on('disconnect', () => process.exit(0));
