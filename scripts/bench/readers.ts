import { follow } from '../../src/social/follow.js';
import type { Sql } from '../../src/stores/postgres.js';
import type { Scale } from './scale.js';

export interface Reader {
  readonly id: string;
  readonly username: string;
  readonly followees: number;
}

/** Follows the authors who have been silent for longest: the reader for whom a feed costs most. */
const SILENT = 'reader_of_the_silent';
/** A reader further than this from a profile does not stand for it. */
const NEAR = 0.15;

/** The readers nearest to a profile, nearest first; at least one that is near. */
export async function readersNear(sql: Sql, followees: number, limit: number): Promise<Reader[]> {
  const readers = await sql<Reader[]>`
    SELECT id, username, following_count AS followees
      FROM users
     WHERE username <> ${SILENT}
     ORDER BY abs(following_count - ${followees}::int), id
     LIMIT ${limit}`;
  const near = readers.filter((reader) => isNear(reader, followees));
  return near.length > 0 ? near : readers.slice(0, 1);
}

/** The reader of thousands who no longer write. */
export async function silentReader(sql: Sql): Promise<Reader> {
  const [reader] = await sql<Reader[]>`
    SELECT id, username, following_count AS followees FROM users WHERE username = ${SILENT}`;
  if (!reader) throw new Error(`${SILENT} is gone`);
  return reader;
}

function isNear({ followees }: Reader, profile: number): boolean {
  return Math.abs(followees - profile) <= NEAR * profile;
}

/** Adds the readers that the network lacks: one for each profile that nobody is near, and the silent one. */
export async function addReaders(sql: Sql, { profiles }: Scale): Promise<void> {
  for (const profile of profiles) {
    const [nearest] = await readersNear(sql, profile, 1);
    if (nearest && !isNear(nearest, profile)) await extend(sql, profile);
  }
  const [largest = 0] = profiles.toSorted((a, b) => b - a);
  await sql`INSERT INTO users (username) VALUES (${SILENT})`;
  const quiet = await sql<{ id: string }[]>`
    SELECT user_id AS id FROM posts
     GROUP BY user_id ORDER BY max(created_at), user_id LIMIT ${largest}`;
  await followAll(sql, SILENT, quiet);
  await sql`VACUUM ANALYZE users, followers`;
}

/** Lets the reader of most, below a profile, follow as many more as it takes. */
async function extend(sql: Sql, profile: number): Promise<void> {
  const [reader] = await sql<Reader[]>`
    SELECT id, username, following_count AS followees
      FROM users WHERE following_count < ${profile} ORDER BY following_count DESC, id LIMIT 1`;
  if (!reader) return;
  const others = await sql<{ id: string }[]>`
    SELECT u.id FROM users u
     WHERE u.id <> ${reader.id}
       AND NOT EXISTS (
         SELECT FROM followers f WHERE f.follower_id = ${reader.id} AND f.followed_id = u.id)
     ORDER BY md5(u.id::text) LIMIT ${profile - reader.followees}`;
  await followAll(sql, reader.username, others);
}

async function followAll(sql: Sql, username: string, users: readonly { id: string }[]) {
  // Nobody reads this network through a cache yet, so there is none to be told.
  const stores = { postgres: () => sql, redis: async () => undefined, warn: () => {} };
  for (const { id } of users) await follow(stores, username, id);
}
