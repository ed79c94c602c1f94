import { RequestError } from '../errors.js';
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
    async () => {
      const [result] = await runStatement<FollowResult>(
        sql,
        statement(query, follower.id, followed.id),
      );
      if (result) return result;
      throw new RequestError('user-not-found', 'one of the two users was deleted just now');
    },
    ({ changed }) => (changed ? { readers: [follower.id] } : undefined),
  );
}
