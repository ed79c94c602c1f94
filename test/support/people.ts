import type { Sql } from '../../src/stores/postgres.js';

/** Makes users with these names and tells their ids. */
export async function addPeople<Name extends string>(
  sql: Sql,
  ...names: Name[]
): Promise<Record<Name, string>> {
  const rows = await sql<{ id: string; username: Name }[]>`
    INSERT INTO users (username)
    SELECT name FROM jsonb_array_elements_text(${JSON.stringify(names)}::text::jsonb) AS name
    RETURNING id, username`;
  return Object.fromEntries(rows.map(({ id, username }) => [username, id])) as Record<Name, string>;
}

/** Users and posts whose counters are not what they count: none, in a database that is right. */
export async function driftedCounters(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT username AS name FROM users u
     WHERE following_count <> (SELECT count(*) FROM followers WHERE follower_id = u.id)
        OR followers_count <> (SELECT count(*) FROM followers WHERE followed_id = u.id)
    UNION ALL
    SELECT p.content FROM posts p LEFT JOIN post_counters ON post_id = p.id
     WHERE coalesce(like_count, 0) <> (SELECT count(*) FROM likes WHERE post_id = p.id)
        OR coalesce(comment_count, 0) <> (SELECT count(*) FROM comments WHERE post_id = p.id)`;
  return rows.map(({ name }) => name);
}

/** The types of the events that wait in the outbox, oldest first. */
export async function outboxTypes(sql: Sql): Promise<string[]> {
  const rows = await sql<{ type: string }[]>`
    SELECT event ->> 'type' AS type FROM outbox ORDER BY created_at, event ->> 'type'`;
  return rows.map(({ type }) => type);
}
