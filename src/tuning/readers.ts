import { RequestError } from '../errors.js';
import { findUser } from '../social/users.js';
import type { Sql } from '../stores/postgres.js';

/** Whose feed is looked at. */
export interface Reader {
  readonly id: string;
  readonly username: string;
  readonly followees: number;
  /** What the reader stands for; null where the user was named. */
  readonly profile: Profile | null;
}

type Profile = 'median' | '95th percentile' | 'largest';

/**
 * The reader that is named, or those who stand for all: an index that helps one profile and hurts
 * another is the most common mistake in tuning, so one reader proves little.
 *
 * @returns one reader, or up to three who differ in how many they follow
 * @throws RequestError `no-readers` when nobody follows anybody; what {@link findUser} throws
 */
export async function chooseReaders(sql: Sql, name?: string): Promise<Reader[]> {
  if (name !== undefined) {
    const { id, username, followingCount } = await findUser(sql, name);
    return [{ id, username, followees: followingCount, profile: null }];
  }
  const readers = await sql<Reader[]>`
    WITH quantiles AS (
      SELECT percentile_disc(ARRAY[0.5, 0.95, 1]) WITHIN GROUP (ORDER BY following_count) AS counts
        FROM users WHERE following_count > 0
    )
    SELECT reader.id, reader.username, wanted.followees, wanted.profile
      FROM quantiles
     CROSS JOIN LATERAL unnest(counts, ARRAY['median', '95th percentile', 'largest'])
           WITH ORDINALITY AS wanted (followees, profile, place)
     CROSS JOIN LATERAL (
       SELECT id, username FROM users WHERE following_count = wanted.followees ORDER BY id LIMIT 1
     ) reader
     ORDER BY place`;
  if (readers.length === 0) {
    throw new RequestError(
      'no-readers',
      'nobody follows anybody here, so every feed is empty',
      'run: socialdb seed, or socialdb follow A B',
    );
  }
  const seen = new Set<string>();
  return readers.filter(({ id }) => !seen.has(id) && seen.add(id));
}
