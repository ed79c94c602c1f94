import { decodeCursor, encodeCursor } from '../social/cursor.js';
import { type Post, type PostRow, withMetadata } from '../social/posts.js';
import { findUser } from '../social/users.js';
import { instanceOf } from '../stores/instance.js';
import type { Sql } from '../stores/postgres.js';
import { pageStatement, runStatement } from '../stores/queries.js';

/**
 * What a poller has seen of a feed: everything up to a row, and some posts above it. The row moves up
 * only past posts that are a minute old, since a transaction that was open meanwhile may still bring a
 * post with an earlier time than one that was shown; those above are remembered one by one.
 */
interface Sighting {
  readonly base: Pick<Post, 'createdAt' | 'id'>;
  /** The last digits of ids. */
  readonly seen: ReadonlySet<string>;
}

const NOTHING: Sighting = {
  base: { createdAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' },
  seen: new Set(),
};

const DIGITS = 10;
const digitsOf = ({ id }: { readonly id: string }) => id.slice(-DIGITS);
const scopeOf = (userId: string) => `since:${userId}`;

/** The cursor of who has seen this page: `--since` shows what is newer than it. */
export function encodeSighting(key: string, userId: string, page: readonly Post[]): string {
  const last = page.at(-1);
  const sighting = last ? { base: last, seen: new Set(page.slice(0, -1).map(digitsOf)) } : NOTHING;
  return encode(key, userId, sighting);
}

function encode(key: string, userId: string, { base, seen }: Sighting): string {
  return encodeCursor(key, scopeOf(userId), [base.createdAt, base.id, ...seen]);
}

function decode(key: string, userId: string, cursor: string): Sighting {
  const [createdAt = '', id = '', ...seen] = decodeCursor(key, scopeOf(userId), cursor);
  return { base: { createdAt, id }, seen: new Set(seen) };
}

export interface NewerPosts {
  readonly user: string;
  /** Newest first, as on a page; of a gap larger than `limit` its oldest posts. */
  readonly posts: ({ readonly rank: number } & Post)[];
  /** What to ask with next time. */
  readonly since: string;
  /** Whether there is more to ask for at once. */
  readonly more: boolean;
}

/**
 * The posts that are newer than a page, each exactly once over a chain of calls.
 *
 * @param since `since` of a page or of the call before
 * @param limit posts at most
 * @throws UsageError `bad-cursor`; RequestError `user-not-found`
 */
export async function readSince(
  sql: Sql,
  username: string,
  since: string,
  limit: number,
): Promise<NewerPosts> {
  const user = await findUser(sql, username);
  const { cursorKey } = await instanceOf(sql);
  const sighting = decode(cursorKey, user.id, since);
  const { base, seen } = sighting;
  const asked = limit + seen.size;
  const found = await runStatement<PostRow & { settled: boolean }>(
    sql,
    pageStatement('feed_since', asked, user.id, base.createdAt, base.id),
  );
  const rows = found.map(withMetadata);
  const unseen = rows.filter((row) => !seen.has(digitsOf(row)));
  const shown = unseen.slice(0, limit);
  const posts = shown
    .map(({ settled: _, ...post }) => post)
    .reverse()
    .map((post, at) => ({ rank: at + 1, ...post }));
  return {
    user: user.username,
    posts,
    since: encode(cursorKey, user.id, advance(sighting, rows, shown)),
    more: unseen.length > limit || rows.length === asked,
  };
}

type Row = Post & { readonly settled: boolean };

/** Moves the base up past all that is settled and was shown; remembers what was shown above it. */
function advance({ base, seen }: Sighting, rows: readonly Row[], shown: readonly Row[]): Sighting {
  const known = rows.filter((row) => seen.has(digitsOf(row)) || shown.includes(row));
  const open = rows.findIndex((row) => !row.settled || !known.includes(row));
  const settled = open < 0 ? rows : rows.slice(0, open);
  return {
    base: settled.at(-1) ?? base,
    seen: new Set(known.filter((row) => !settled.includes(row)).map(digitsOf)),
  };
}
