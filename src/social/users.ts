import { RequestError, UsageError } from '../errors.js';
import { nearest } from '../input/nearest.js';
import type { Queryable } from '../stores/postgres.js';

export interface User {
  readonly id: string;
  readonly username: string;
  readonly email: string | null;
  readonly displayName: string | null;
  readonly followingCount: number;
  readonly followersCount: number;
  /** ISO 8601 with microseconds. */
  readonly createdAt: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const USERNAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** Whether a text has the form of an id. */
export function isId(text: string): boolean {
  return UUID.test(text);
}

/** @throws UsageError `bad-username` when a text can be no username */
export function validUsername(text: string): string {
  if (USERNAME.test(text)) return text;
  throw new UsageError(
    'bad-username',
    `'${text.slice(0, 80)}' is no username`,
    'usernames are 1 to 64 of a-z A-Z 0-9 _ . -',
  );
}

/**
 * Finds the user that a command line names.
 *
 * @param name a username in any case, `@username`, or an id
 * @throws UsageError `bad-username` when it can be neither; RequestError `user-not-found`, with the
 *   nearest name there is
 */
export async function findUser(sql: Queryable, name: string): Promise<User> {
  const username = validUsername(name.startsWith('@') ? name.slice(1) : name);
  const [user] = await sql<User[]>`
    SELECT id, username, email, display_name AS "displayName",
           following_count AS "followingCount", followers_count AS "followersCount",
           created_at AS "createdAt"
      FROM users
     WHERE lower(username COLLATE "C") = lower(${username} COLLATE "C")
        OR id = ${isId(name) ? name : null}::uuid
     ORDER BY id = ${isId(name) ? name : null}::uuid DESC NULLS LAST
     LIMIT 1`;
  if (user) return user;
  throw new RequestError(
    'user-not-found',
    `there is no user ${username}`,
    await advice(sql, username),
  );
}

/** The nearest username, looked for among those that share the first or the last letters. */
async function advice(sql: Queryable, username: string): Promise<string> {
  const name = username.toLowerCase();
  const near = await sql<{ username: string }[]>`
    SELECT username FROM users
     WHERE lower(username COLLATE "C") >= ${name.slice(0, 1)}
       AND lower(username COLLATE "C") < ${`${name.slice(0, 1)}\u007f`}
     ORDER BY abs(length(username) - ${name.length}::int), lower(username COLLATE "C")
     LIMIT 2000`;
  const best = nearest(
    name,
    near.map((user) => user.username),
  );
  return best ? `did you mean ${best}?` : 'see: socialdb user list';
}

/** The usernames of these ids; ids of nobody are left out. */
export async function namesOf(
  sql: Queryable,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; username: string }[]>`
    SELECT id, username
      FROM users
     WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb))`;
  return new Map(rows.map(({ id, username }) => [id, username]));
}

/** Usernames that begin so, in any case, in order; for completion. */
export async function usernamesLike(
  sql: Queryable,
  prefix: string,
  limit: number,
): Promise<string[]> {
  const from = prefix.toLowerCase();
  const rows = await sql<{ username: string }[]>`
    SELECT username FROM users
     WHERE lower(username COLLATE "C") >= ${from} AND lower(username COLLATE "C") < ${`${from}\u007f`}
     ORDER BY lower(username COLLATE "C")
     LIMIT ${limit}`;
  return rows.map(({ username }) => username);
}
