import { addUser, deleteUser } from '../../src/social/accounts.js';
import { createComment } from '../../src/social/comments.js';
import { follow, unfollow } from '../../src/social/follow.js';
import { like, unlike } from '../../src/social/likes.js';
import { createPost, deletePost } from '../../src/social/posts.js';
import type { Sql } from '../../src/stores/postgres.js';
import type { Stores } from '../../src/stores/stores.js';

/** A write of the command line, and how to see whether it holds. */
export interface Deed {
  readonly name: string;
  run(stores: Stores): Promise<{ changed: boolean }>;
  /** Whether the row is there. */
  isThere(): Promise<boolean>;
  /** Whether it should be there afterwards. */
  readonly wanted: boolean;
}

/** Makes one deed after another, of every kind, on users alice and bob. */
export function deedsOf(sql: Sql, random: () => number): () => Promise<Deed> {
  let made = 0;
  const there = async (rows: PromiseLike<{ length: number }>) => (await rows).length > 0;
  const post = async () => {
    const [row] = await sql<{ id: string }[]>`
      INSERT INTO posts (user_id, content) SELECT id, 'a post' FROM users WHERE username = 'bob'
      RETURNING id`;
    return row?.id ?? '';
  };
  const edge = () =>
    there(sql`
    SELECT FROM followers WHERE follower_id = (SELECT id FROM users WHERE username = 'alice')`);
  const liked = (id: string) => () => there(sql`SELECT FROM likes WHERE post_id = ${id}`);
  const user = (name: string) => () => there(sql`SELECT FROM users WHERE username = ${name}`);
  const changed = () => ({ changed: true });

  const kinds: ((name: string) => Promise<Omit<Deed, 'name'>>)[] = [
    async () => ({ wanted: true, isThere: edge, run: (s) => follow(s, 'alice', 'bob') }),
    async () => ({ wanted: false, isThere: edge, run: (s) => unfollow(s, 'alice', 'bob') }),
    async () => {
      const id = await post();
      return { wanted: true, isThere: liked(id), run: (s) => like(s.postgres(), 'alice', id) };
    },
    async () => {
      const id = await post();
      await like(sql, 'alice', id);
      return { wanted: false, isThere: liked(id), run: (s) => unlike(s.postgres(), 'alice', id) };
    },
    async (text) => ({
      wanted: true,
      isThere: () => there(sql`SELECT FROM posts WHERE content = ${text}`),
      run: (s) => createPost(s, { author: 'alice', content: text }).then(changed),
    }),
    async (text) => {
      const id = await post();
      return {
        wanted: true,
        isThere: () => there(sql`SELECT FROM comments WHERE content = ${text}`),
        run: (s) => createComment(s.postgres(), 'alice', id, text).then(changed),
      };
    },
    async () => {
      const id = await post();
      const isThere = () => there(sql`SELECT FROM posts WHERE id = ${id}`);
      return { wanted: false, isThere, run: (s) => deletePost(s, id) };
    },
    async (name) => ({
      wanted: true,
      isThere: user(name),
      run: (s) => addUser(s.postgres(), name, `${name}@example.org`),
    }),
    async (name) => {
      await addUser(sql, name, `${name}@example.org`);
      return { wanted: false, isThere: user(name), run: (s) => deleteUser(s, name).then(changed) };
    },
  ];
  return async () => {
    const kind = kinds[Math.floor(random() * kinds.length)];
    const name = `deed-${++made}`;
    if (!kind) throw new Error('there is no such kind');
    return { name: String(kinds.indexOf(kind)), ...(await kind(name)) };
  };
}
