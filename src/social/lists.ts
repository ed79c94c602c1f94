import { instanceOf } from '../stores/instance.js';
import type { Queryable, Sql } from '../stores/postgres.js';
import {
  decodeCursor,
  decodePosition,
  encodeCursor,
  encodePosition,
  type Position,
} from './cursor.js';
import { findUser, type User } from './users.js';

export interface PageRequest {
  /** Rows on the page. */
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: string | undefined;
}

/** Somebody at the other end of an edge. */
interface Neighbour {
  readonly id: string;
  readonly username: string;
  readonly followersCount: number;
  /** When the follow began. */
  readonly since: string;
}

export interface NeighbourPage {
  /** Whose list this is. */
  readonly user: string;
  /** How long the whole list is. */
  readonly total: number;
  readonly users: Neighbour[];
  readonly next: string | null;
}

/** Who follows a user, the latest first. */
export function listFollowers(sql: Sql, name: string, page: PageRequest): Promise<NeighbourPage> {
  return listEdges(sql, 'followers', name, page);
}

/** Whom a user follows, the latest first. */
export function listFollowing(sql: Sql, name: string, page: PageRequest): Promise<NeighbourPage> {
  return listEdges(sql, 'following', name, page);
}

async function listEdges(
  sql: Sql,
  direction: 'followers' | 'following',
  name: string,
  { limit, after }: PageRequest,
): Promise<NeighbourPage> {
  const user = await findUser(sql, name);
  const { cursorKey } = await instanceOf(sql);
  const scope = `${direction}:${user.id}`;
  const position = decodePosition(cursorKey, scope, after);
  const read = direction === 'followers' ? readFollowers : readFollowing;
  const users = await read(sql, user.id, limit, position);
  const last = users.length === limit ? users.at(-1) : undefined;
  return {
    user: user.username,
    total: direction === 'followers' ? user.followersCount : user.followingCount,
    users,
    next: last
      ? encodePosition(cursorKey, scope, {
          createdAt: last.since,
          id: last.id,
          rank: position.rank + users.length,
        })
      : null,
  };
}

async function readFollowers(sql: Queryable, id: string, limit: number, after: Position) {
  const rows = await sql<Neighbour[]>`
    SELECT u.id, u.username, u.followers_count AS "followersCount", f.created_at AS since
      FROM followers f
      JOIN users u ON u.id = f.follower_id
     WHERE f.followed_id = ${id}
       AND (f.created_at, f.follower_id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)
     ORDER BY f.created_at DESC, f.follower_id DESC
     LIMIT ${limit}`;
  return [...rows];
}

async function readFollowing(sql: Queryable, id: string, limit: number, after: Position) {
  const rows = await sql<Neighbour[]>`
    SELECT u.id, u.username, u.followers_count AS "followersCount", f.created_at AS since
      FROM followers f
      JOIN users u ON u.id = f.followed_id
     WHERE f.follower_id = ${id}
       AND (f.created_at, f.followed_id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)
     ORDER BY f.created_at DESC, f.followed_id DESC
     LIMIT ${limit}`;
  return [...rows];
}

/** All users by name. */
export async function listUsers(
  sql: Sql,
  { limit, after }: PageRequest,
): Promise<{ users: User[]; next: string | null }> {
  const { cursorKey } = await instanceOf(sql);
  const [behind = ''] = after === undefined ? [] : decodeCursor(cursorKey, 'users', after);
  const users = await sql<User[]>`
    SELECT id, username, email, display_name AS "displayName",
           following_count AS "followingCount", followers_count AS "followersCount",
           created_at AS "createdAt"
      FROM users
     WHERE lower(username COLLATE "C") > ${behind}
     ORDER BY lower(username COLLATE "C")
     LIMIT ${limit}`;
  const last = users.length === limit ? users.at(-1) : undefined;
  const next = last ? encodeCursor(cursorKey, 'users', [last.username.toLowerCase()]) : null;
  return { users: [...users], next };
}

/** The names of those whom most follow; reads the whole table. */
export async function mostFollowed(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql<{ username: string }[]>`
    SELECT username FROM users ORDER BY followers_count DESC, id LIMIT ${limit}`;
  return rows.map(({ username }) => username);
}
