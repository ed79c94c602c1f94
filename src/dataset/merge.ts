import type { Transaction } from '../stores/postgres.js';
import { addToPostCounters, addToUserCounters } from './counters.js';
import { analyzeStaged } from './staging.js';
import { skip, type Tally } from './tally.js';
import { settleUsernames } from './usernames.js';

// Each function moves one staged table into its table: first it discards, reason by reason, what
// cannot be kept, so that what is left in the staged table is what was inserted.

/** What happens to a user whose name or address somebody else has. */
export type Collisions = 'rename' | 'discard';

/**
 * @param collisions `rename`: another name, no address; `discard`: the row is not kept
 */
export async function mergeUsers(
  sql: Transaction,
  tally: Tally,
  collisions: Collisions,
): Promise<void> {
  await analyzeStaged(sql, 'users');
  await discard(tally, {
    duplicate: sql`
      DELETE FROM staged_users s USING staged_users t WHERE t.id = s.id AND t.ordinal < s.ordinal`,
    'already-there': sql`
      DELETE FROM staged_users s USING users u WHERE u.id = s.id`,
  });
  if (collisions === 'rename') {
    await settleUsernames(sql);
    await sql`
      UPDATE staged_users s SET email = NULL FROM users u WHERE lower(u.email) = lower(s.email)`;
  } else {
    await discard(tally, {
      'username-taken': sql`
        DELETE FROM staged_users s USING users u
         WHERE lower(u.username COLLATE "C") = lower(s.username COLLATE "C")`,
      'username-twice': sql`
        DELETE FROM staged_users s USING staged_users t
         WHERE lower(t.username COLLATE "C") = lower(s.username COLLATE "C")
           AND t.ordinal < s.ordinal`,
      'email-taken': sql`
        DELETE FROM staged_users s USING users u WHERE lower(u.email) = lower(s.email)`,
      'email-twice': sql`
        DELETE FROM staged_users s USING staged_users t
         WHERE lower(t.email) = lower(s.email) AND t.ordinal < s.ordinal`,
    });
  }
  const { count } = await sql`
    INSERT INTO users (id, username, email, display_name, created_at)
    SELECT id, username, email, display_name, created_at FROM staged_users`;
  tally.inserted += count;
}

export async function mergePosts(sql: Transaction, tally: Tally): Promise<void> {
  await analyzeStaged(sql, 'posts');
  await discard(tally, {
    duplicate: sql`
      DELETE FROM staged_posts s USING staged_posts t WHERE t.id = s.id AND t.ordinal < s.ordinal`,
    'already-there': sql`
      DELETE FROM staged_posts s USING posts p WHERE p.id = s.id`,
    'of-missing-user': sql`
      DELETE FROM staged_posts s WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = s.user_id)`,
  });
  const { count } = await sql`
    INSERT INTO posts (id, user_id, content, metadata, created_at)
    SELECT id, user_id, content, metadata, created_at FROM staged_posts`;
  tally.inserted += count;
}

export async function mergeComments(sql: Transaction, tally: Tally): Promise<void> {
  await analyzeStaged(sql, 'comments');
  await discard(tally, {
    duplicate: sql`
      DELETE FROM staged_comments s USING staged_comments t
       WHERE t.id = s.id AND t.ordinal < s.ordinal`,
    'already-there': sql`
      DELETE FROM staged_comments s USING comments c WHERE c.id = s.id`,
    'of-missing-user': sql`
      DELETE FROM staged_comments s WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = s.user_id)`,
    'on-missing-post': sql`
      DELETE FROM staged_comments s WHERE NOT EXISTS (SELECT FROM posts p WHERE p.id = s.post_id)`,
  });
  const { count } = await sql`
    INSERT INTO comments (id, post_id, user_id, content, created_at)
    SELECT id, post_id, user_id, content, created_at FROM staged_comments`;
  await addToPostCounters(sql, 'comment_count', 'staged_comments');
  tally.inserted += count;
}

export async function mergeLikes(sql: Transaction, tally: Tally): Promise<void> {
  await analyzeStaged(sql, 'likes');
  await discard(tally, {
    duplicate: sql`
      DELETE FROM staged_likes s USING staged_likes t
       WHERE t.user_id = s.user_id AND t.post_id = s.post_id AND t.ordinal < s.ordinal`,
    'already-there': sql`
      DELETE FROM staged_likes s USING likes l
       WHERE l.user_id = s.user_id AND l.post_id = s.post_id`,
    'of-missing-user': sql`
      DELETE FROM staged_likes s WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = s.user_id)`,
    'on-missing-post': sql`
      DELETE FROM staged_likes s WHERE NOT EXISTS (SELECT FROM posts p WHERE p.id = s.post_id)`,
  });
  const { count } = await sql`
    INSERT INTO likes (user_id, post_id, created_at)
    SELECT user_id, post_id, created_at FROM staged_likes`;
  await addToPostCounters(sql, 'like_count', 'staged_likes');
  tally.inserted += count;
}

export async function mergeFollowers(sql: Transaction, tally: Tally): Promise<void> {
  await analyzeStaged(sql, 'followers');
  await discard(tally, {
    duplicate: sql`
      DELETE FROM staged_followers s USING staged_followers t
       WHERE t.follower_id = s.follower_id AND t.followed_id = s.followed_id
         AND t.ordinal < s.ordinal`,
    'already-there': sql`
      DELETE FROM staged_followers s USING followers f
       WHERE f.follower_id = s.follower_id AND f.followed_id = s.followed_id`,
    'by-missing-user': sql`
      DELETE FROM staged_followers s
       WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = s.follower_id)`,
    'of-missing-user': sql`
      DELETE FROM staged_followers s
       WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = s.followed_id)`,
  });
  const { count } = await sql`
    INSERT INTO followers (follower_id, followed_id, created_at)
    SELECT follower_id, followed_id, created_at FROM staged_followers`;
  await addToUserCounters(sql, 'staged_followers');
  tally.inserted += count;
}

type Deletion = ReturnType<Transaction>;

/** Runs the deletions in turn and counts what each of them took, under its reason. */
export async function discard(tally: Tally, deletions: Record<string, Deletion>): Promise<void> {
  for (const [reason, deletion] of Object.entries(deletions)) {
    const { count } = await deletion;
    skip(tally, reason, count);
  }
}
