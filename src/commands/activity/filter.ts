import { isLeftBehind } from '../../activity/copy.js';
import type { EventType } from '../../activity/event.js';
import { readBacklog } from '../../activity/outbox.js';
import { postgresStore } from '../../activity/postgres-store.js';
import type { ActivityFilter, ActivityStore } from '../../activity/store.js';
import { plural } from '../../output/text.js';
import { findUser, isId } from '../../social/users.js';
import { mongoFailure } from '../../stores/mongo-failure.js';
import type { Stores } from '../../stores/stores.js';
import type { Context } from '../context.js';

export interface FilterOptions {
  readonly user?: string;
  readonly type?: readonly EventType[];
  readonly since?: string;
}

/** The options that `tail` and `stats` share, with the user looked up. */
export async function filterOf(
  stores: Stores,
  { user, type, since }: FilterOptions,
): Promise<ActivityFilter> {
  return {
    ...(user !== undefined && { actorId: await actorId(stores, user) }),
    ...(type && { types: type }),
    ...(since && { since }),
  };
}

/** An id is taken as it is: what somebody did is there to be read when the account is gone. */
async function actorId(stores: Stores, user: string): Promise<string> {
  return isId(user) ? user.toLowerCase() : (await findUser(stores.postgres(), user)).id;
}

/**
 * Says when PostgreSQL kept activity before there was a MongoDB, and still has it alone.
 *
 * @returns false where PostgreSQL does not answer: MongoDB can be read without, and need not wait again
 */
export async function noteLeftBehind(
  { stores, screen }: Context,
  store: ActivityStore,
): Promise<boolean> {
  if (store.name === 'postgresql') return true;
  try {
    if (await isLeftBehind(postgresStore(stores.postgres()), store)) {
      screen.note('PostgreSQL holds earlier activity: socialdb activity copy --to mongodb');
    }
    return true;
  } catch (error) {
    if (mongoFailure(error, '')) throw error;
    return false;
  }
}

/** Says when there is more activity than the store has yet; silent where that cannot be known. */
export async function noteBacklog({ stores, screen }: Context): Promise<void> {
  try {
    const { remaining, setAside, backfill } = await readBacklog(stores.postgres());
    if (remaining + setAside > 0) {
      screen.note(
        `${plural(remaining + setAside, 'event waits', 'events wait')} in the outbox: socialdb activity relay`,
      );
    }
    if (backfill.length > 0) {
      screen.note('what was loaded is not all carried over yet: socialdb activity relay');
    }
  } catch {
    // MongoDB can be read without PostgreSQL.
  }
}
