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

/** Users whose counters differ from their edges: none, in a database that is right. */
export async function driftedCounters(sql: Sql): Promise<string[]> {
  const rows = await sql<{ username: string }[]>`
    SELECT username FROM users u
     WHERE following_count <> (SELECT count(*) FROM followers WHERE follower_id = u.id)
        OR followers_count <> (SELECT count(*) FROM followers WHERE followed_id = u.id)`;
  return rows.map(({ username }) => username);
}

/** The types of the events that wait in the outbox, oldest first. */
export async function outboxTypes(sql: Sql): Promise<string[]> {
  const rows = await sql<{ type: string }[]>`
    SELECT event ->> 'type' AS type FROM outbox ORDER BY created_at, event ->> 'type'`;
  return rows.map(({ type }) => type);
}
