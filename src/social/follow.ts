import { RequestError } from '../errors.js';
import type { Transaction } from '../stores/postgres.js';
import { runStatement, statement } from '../stores/queries.js';
import { findUser } from './users.js';
import { type WriteStores, writeThenTouch } from './write.js';

export interface FollowResult {
  /** Username of who follows. */
  readonly follower: string;
  /** Username of who is followed. */
  readonly followed: string;
  /** False when it was so before. */
  readonly changed: boolean;
  /** How many the follower follows now. */
  readonly followingCount: number;
  /** How many follow the followed now. */
  readonly followersCount: number;
}

/**
 * Follows: the edge, both counters and the event in one transaction.
 *
 * @throws RequestError `user-not-found`, `self-follow`
 */
export function follow(stores: WriteStores, follower: string, followed: string) {
  return changeEdge(stores, 'edge_follow', follower, followed);
}

/** Takes a follow back; the same transaction the other way round. */
export function unfollow(stores: WriteStores, follower: string, followed: string) {
  return changeEdge(stores, 'edge_unfollow', follower, followed);
}

async function changeEdge(
  stores: WriteStores,
  query: string,
  followerName: string,
  followedName: string,
): Promise<FollowResult> {
  const sql = stores.postgres();
  const follower = await findUser(sql, followerName);
  const followed = await findUser(sql, followedName);
  if (follower.id === followed.id) {
    throw new RequestError('self-follow', `${follower.username} cannot follow themselves`);
  }
  return writeThenTouch(
    stores,
    `socialdb following ${follower.username}`,
    async (transaction) => {
      const result = await changeLocked(transaction, query, follower.id, followed.id);
      if (result) return result;
      throw new RequestError('user-not-found', 'one of the two users was deleted just now');
    },
    ({ changed }) => (changed ? { readers: [follower.id] } : undefined),
  );
}

/**
 * Locks both users, then changes the edge and the counters: sent together, and yet two statements, since
 * the second has to see the rows as they are under the lock. A statement that locks and updates finds
 * the versions of its own snapshot; where those are older, and other transactions hold them by a
 * foreign key (a like, a post), it waits for whoever waits for it. The tables come first: a bulk load
 * shuts them to writers before it asks for rows.
 */
async function changeLocked(
  transaction: Transaction,
  query: string,
  followerId: string,
  followedId: string,
): Promise<FollowResult | undefined> {
  const [, , [result]] = await Promise.all([
    transaction`LOCK TABLE users, followers IN ROW EXCLUSIVE MODE`,
    runStatement(transaction, statement('edge_lock', followerId, followedId)),
    runStatement<FollowResult>(transaction, statement(query, followerId, followedId)),
  ]);
  return result;
}
