import type { Queryable } from '../../src/stores/postgres.js';

let joined = 0;

/** New users, each with the event of joining, as `socialdb user add` writes them. */
export async function join(sql: Queryable, users: number): Promise<void> {
  const first = joined;
  joined += users;
  await sql`
    WITH account AS (
      INSERT INTO users (username) SELECT 'user' || n
        FROM generate_series(${first}::int, ${first + users - 1}::int) AS n
      RETURNING id, username, created_at
    )
    INSERT INTO outbox (id, event)
    SELECT (e ->> 'id')::uuid, e
      FROM account, activity_event('joined', created_at, id, username, activity_user(id, username)) AS e`;
}
