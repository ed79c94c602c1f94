import { RequestError, UsageError } from '../errors.js';
import type { Touched } from '../feed/versions.js';
import { flawOfName } from '../input/text.js';
import { commit } from '../stores/commit.js';
import type { Sql, Transaction } from '../stores/postgres.js';
import { findUser, type User, validUsername } from './users.js';
import { type WriteStores, writeThenTouch } from './write.js';

const EMAIL = /^[^@\s]+@[^@\s]+$/;
const MAX_EMAIL_LENGTH = 254;

/**
 * Opens an account, with its event. The same name with the same address changes nothing.
 *
 * @throws UsageError `bad-username`, `bad-email`; RequestError `username-taken`, `email-taken`
 */
export async function addUser(
  sql: Sql,
  username: string,
  email: string,
): Promise<User & { changed: boolean }> {
  validUsername(username);
  const flaw =
    !EMAIL.test(email) || email.length > MAX_EMAIL_LENGTH
      ? 'is no email address'
      : flawOfName(email);
  if (flaw) throw new UsageError('bad-email', `'${email.slice(0, 80)}' ${flaw}`);
  return commit(sql, { check: `socialdb user show ${username}` }, (transaction) =>
    insertUser(transaction, username, email),
  );
}

async function insertUser(sql: Transaction, username: string, email: string) {
  const [created] = await sql`
    WITH account AS (
      INSERT INTO users (username, email) VALUES (${username}, ${email})
      ON CONFLICT DO NOTHING
      RETURNING id, username, created_at
    )
    INSERT INTO outbox (id, event)
    SELECT (e ->> 'id')::uuid, e
      FROM account,
           activity_event('joined', created_at, account.id, username,
                          activity_user(account.id, username)) AS e
    RETURNING id`;
  if (created) return { ...(await findUser(sql, username)), changed: true };
  const taken = await findUser(sql, username).catch((error) => {
    if (error instanceof RequestError) return undefined;
    throw error;
  });
  if (!taken) throw new RequestError('email-taken', `another user has the address ${email}`);
  if (taken.email?.toLowerCase() !== email.toLowerCase()) {
    throw new RequestError('username-taken', `there is a user ${taken.username} already`);
  }
  return { ...taken, changed: false };
}

export interface DeletedUser {
  readonly id: string;
  readonly username: string;
  readonly posts: number;
  readonly comments: number;
  readonly likes: number;
  /** Edges in both directions. */
  readonly follows: number;
}

/** What {@link deleteUser} would take along. */
export async function deletionOf(sql: Sql | Transaction, name: string): Promise<DeletedUser> {
  const { id, username } = await findUser(sql, name);
  const [counts] = await sql<Omit<DeletedUser, 'id' | 'username'>[]>`
    SELECT (SELECT count(*) FROM posts WHERE user_id = ${id}) AS posts,
           (SELECT count(*) FROM comments WHERE user_id = ${id}) AS comments,
           (SELECT count(*) FROM likes WHERE user_id = ${id}) AS likes,
           (SELECT count(*) FROM followers WHERE follower_id = ${id} OR followed_id = ${id}) AS follows`;
  if (!counts) throw new Error('a select without FROM gave no row');
  return { id, username, ...counts };
}

/**
 * Deletes an account with its posts, comments, likes and edges; the counters of everybody at the
 * other end of an edge go down in the same transaction.
 *
 * @throws RequestError `user-not-found`
 */
export function deleteUser(stores: WriteStores, name: string): Promise<DeletedUser> {
  return writeThenTouch(
    stores,
    `socialdb user show ${name}`,
    async (transaction) => {
      const { id } = await findUser(transaction, name);
      await lockWithNeighbours(transaction, id);
      await lockPosts(transaction, id);
      const deleted = await deletionOf(transaction, id);
      await removeEdges(transaction, id);
      await removeReactions(transaction, id);
      await transaction`
        INSERT INTO outbox (id, event)
        SELECT (e ->> 'id')::uuid, e
          FROM users,
               activity_event('deleted', now(), users.id, username, activity_user(users.id, username)) AS e
         WHERE users.id = ${id}`;
      await transaction`DELETE FROM users WHERE id = ${id}`;
      return deleted;
    },
    // Their followers' timelines hold this author's version: one SET makes them all stale.
    ({ id }): Touched => ({ authors: [id], readers: [id] }),
  );
}

/** Locks in the order of ids, as edge_follow.sql does, so that the two cannot deadlock. */
async function lockWithNeighbours(transaction: Transaction, id: string): Promise<void> {
  await transaction`
    SELECT FROM users
     WHERE id = ${id}
        OR id IN (SELECT followed_id FROM followers WHERE follower_id = ${id})
        OR id IN (SELECT follower_id FROM followers WHERE followed_id = ${id})
     ORDER BY id
       FOR UPDATE`;
}

/** Locks the posts whose counters go down or that go, before the counters, as everybody else does. */
async function lockPosts(transaction: Transaction, id: string): Promise<void> {
  await transaction`
    SELECT FROM posts
     WHERE user_id = ${id}
        OR id IN (SELECT post_id FROM likes WHERE user_id = ${id}
                  UNION SELECT post_id FROM comments WHERE user_id = ${id})
     ORDER BY id
       FOR UPDATE`;
}

async function removeEdges(transaction: Transaction, id: string): Promise<void> {
  await transaction`
    WITH edge AS (
      DELETE FROM followers WHERE follower_id = ${id} OR followed_id = ${id}
      RETURNING follower_id, followed_id
    ), change AS (
      SELECT users.id,
             count(*) FILTER (WHERE users.id = edge.follower_id) AS following,
             count(*) FILTER (WHERE users.id = edge.followed_id) AS followers
        FROM edge, LATERAL (VALUES (edge.follower_id), (edge.followed_id)) AS users (id)
       GROUP BY users.id
    )
    UPDATE users
       SET following_count = following_count - change.following,
           followers_count = followers_count - change.followers
      FROM change
     WHERE users.id = change.id`;
}

/** Takes back a user's likes and comments on posts of others, counters included. */
async function removeReactions(transaction: Transaction, id: string): Promise<void> {
  // In the order of ids: two users who are deleted at once may have liked the same posts.
  await transaction`
    SELECT FROM post_counters
     WHERE post_id IN (SELECT post_id FROM likes WHERE user_id = ${id}
                       UNION SELECT post_id FROM comments WHERE user_id = ${id})
     ORDER BY post_id
       FOR UPDATE`;
  await transaction`
    WITH gone AS (
      DELETE FROM likes WHERE user_id = ${id} RETURNING post_id
    )
    UPDATE post_counters SET like_count = like_count - 1 FROM gone
     WHERE post_counters.post_id = gone.post_id`;
  await transaction`
    WITH gone AS (
      DELETE FROM comments WHERE user_id = ${id} RETURNING post_id
    ), change AS (
      SELECT post_id, count(*) AS comments FROM gone GROUP BY post_id
    )
    UPDATE post_counters SET comment_count = comment_count - change.comments FROM change
     WHERE post_counters.post_id = change.post_id`;
}
