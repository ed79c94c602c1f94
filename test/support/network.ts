import type { Sql } from '../../src/stores/postgres.js';

/**
 * Fills an empty database with a random network, the same for the same seed: follows are skewed
 * towards the first users, and half of all posts share their timestamp with others.
 */
export async function addNetwork(
  sql: Sql,
  size: { users: number; follows: number; posts: number; seed: number },
): Promise<void> {
  const { users, follows, posts, seed } = size;
  await sql.begin(async (transaction) => {
    await transaction`SELECT setseed(${seed})`;
    await transaction`
      INSERT INTO users (id, username)
      SELECT md5('user' || n)::uuid, 'user' || n FROM generate_series(0, ${users - 1}::int) n`;
    await transaction`
      INSERT INTO followers (follower_id, followed_id)
      SELECT DISTINCT md5('user' || a)::uuid, md5('user' || b)::uuid
        FROM (SELECT floor(random() ^ 2 * ${users}) AS a, floor(random() ^ 3 * ${users}) AS b
                FROM generate_series(1, ${follows}::int)) AS pairs
       WHERE a <> b`;
    await transaction`
      INSERT INTO posts (id, user_id, content, created_at)
      SELECT md5('post' || n)::uuid, md5('user' || floor(random() * ${users}))::uuid, 'post ' || n,
             '2026-01-01T00:00:00Z'::timestamptz
               + (CASE WHEN random() < 0.5 THEN n ELSE floor(n / 50) * 50 END) * interval '1 us'
        FROM generate_series(1, ${posts}::int) n`;
    await transaction`
      UPDATE users SET
        following_count = (SELECT count(*) FROM followers WHERE follower_id = users.id),
        followers_count = (SELECT count(*) FROM followers WHERE followed_id = users.id)`;
  });
  await sql`ANALYZE`;
}
