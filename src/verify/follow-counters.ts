import type { Queryable } from '../stores/postgres.js';
import { type Counters, type Miscount, within } from './counters.js';
import { idArray } from './locked-repair.js';

interface Row {
  readonly id: string;
  readonly username: string;
  readonly following: number;
  readonly followers: number;
  readonly rightFollowing: number;
  readonly rightFollowers: number;
}

/** users.following_count and users.followers_count against the edges. */
export const followCounters: Counters = {
  name: 'follow-counters',
  table: 'users',
  async miscounts(sql, rows) {
    const found = await sql<Row[]>`
      SELECT id, username, following_count AS following, followers_count AS followers,
             coalesce(a.edges, 0) AS "rightFollowing", coalesce(b.edges, 0) AS "rightFollowers"
        FROM users
        LEFT JOIN (SELECT follower_id AS id, count(*) AS edges FROM followers
                    WHERE ${within(sql, 'follower_id', rows)} GROUP BY 1) a USING (id)
        LEFT JOIN (SELECT followed_id AS id, count(*) AS edges FROM followers
                    WHERE ${within(sql, 'followed_id', rows)} GROUP BY 1) b USING (id)
       WHERE ${within(sql, 'id', rows)}
         AND (following_count <> coalesce(a.edges, 0) OR followers_count <> coalesce(b.edges, 0))
       ORDER BY id`;
    return found.map(miscountOf);
  },
  // As edge_follow.sql takes it: whoever changes an edge of theirs has to wait.
  async lock(sql, ids, wait) {
    const rows = await sql<{ id: string }[]>`
      SELECT id FROM users WHERE id = ANY (${idArray(ids)}::uuid[])
       ORDER BY id FOR NO KEY UPDATE ${skipping(sql, wait)}`;
    return rows.map(({ id }) => id);
  },
  async write(sql, miscounts) {
    await sql`
      UPDATE users
         SET following_count = coalesce(right_following, following_count),
             followers_count = coalesce(right_followers, followers_count)
        FROM jsonb_to_recordset(${sql.json(miscounts.map(rightOf) as never)})
             AS counted (id uuid, right_following int, right_followers int)
       WHERE users.id = counted.id`;
  },
};

/** What makes a lock leave out rows that somebody else holds. */
export const skipping = (sql: Queryable, wait: boolean) => (wait ? sql`` : sql`SKIP LOCKED`);

function miscountOf(row: Row): Miscount {
  const drift = (column: string, found: number, right: number) =>
    found === right ? [] : [{ table: 'users', row: row.username, column, found, right }];
  return {
    id: row.id,
    drifts: [
      ...drift('following_count', row.following, row.rightFollowing),
      ...drift('followers_count', row.followers, row.rightFollowers),
    ],
  };
}

function rightOf({ id, drifts }: Miscount) {
  const right = (name: string) => drifts.find(({ column }) => column === name)?.right ?? null;
  return {
    id,
    right_following: right('following_count'),
    right_followers: right('followers_count'),
  };
}
