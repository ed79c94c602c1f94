import type { Queryable } from '../stores/postgres.js';
import type { Connection } from '../tuning/session.js';
import type { ActivityEvent } from './event.js';

/**
 * Makes the temporary tables that a check of events works with: what is known of endings, and the
 * events found without a row. There can be millions of both, and PostgreSQL joins them with the rows.
 */
export async function createTables(connection: Connection): Promise<void> {
  await dropTables(connection);
  await connection`
    CREATE TEMP TABLE activity_endings (
      id uuid PRIMARY KEY, type text, actor_id uuid, object_id uuid, at timestamptz)`;
  await connection`CREATE INDEX ON activity_endings (object_id, type, actor_id)`;
  await connection`
    CREATE TEMP TABLE activity_orphans (
      ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event jsonb NOT NULL)`;
}

export async function dropTables(connection: Connection): Promise<void> {
  await connection`DROP TABLE IF EXISTS pg_temp.activity_endings, pg_temp.activity_orphans`;
}

/** Remembers events that tell of an end. */
export async function addEndings(connection: Connection, events: readonly ActivityEvent[]) {
  const given = connection`jsonb_array_elements(${connection.json(events as never)}) AS given (event)`;
  await connection`${intoEndings(connection)} FROM ${given} ON CONFLICT DO NOTHING`;
}

/** Remembers those that still wait in the outbox. */
export async function addWaitingEndings(connection: Connection) {
  await connection`
    ${intoEndings(connection)} FROM outbox
     WHERE event ->> 'type' IN ('unfollowed', 'unliked', 'deleted') ON CONFLICT DO NOTHING`;
}

const intoEndings = (sql: Queryable) => sql`
  INSERT INTO activity_endings (id, type, actor_id, object_id, at)
  SELECT (event ->> 'id')::uuid, event ->> 'type', (event #>> '{actor,id}')::uuid,
         (event #>> '{object,id}')::uuid, (event ->> 'at')::timestamptz`;

/**
 * Of these events of creations, those whose row is gone without a word: nothing that they hang on was
 * deleted, and no unfollow or unlike of the same pair came later. Later with some grace, since what
 * waits for a lock is dated before it gets it.
 */
export async function orphansAmong(
  connection: Connection,
  events: readonly ActivityEvent[],
): Promise<ActivityEvent[]> {
  const rows = await connection<{ event: ActivityEvent }[]>`
    SELECT event
      FROM jsonb_array_elements(${connection.json(events as never)}) AS given (event),
           ${partsOf(connection)}
     WHERE ${createdAt(connection)} IS DISTINCT FROM parts.at
       AND NOT EXISTS (
             SELECT FROM activity_endings ending
              WHERE ending.object_id IN (parts.actor_id, parts.object_id, (event #>> '{object,author,id}')::uuid,
                      (event #>> '{object,post,id}')::uuid,
                      (event #>> '{object,post,author,id}')::uuid)
                AND ending.type = 'deleted')
       AND NOT EXISTS (
             SELECT FROM activity_endings ending
              WHERE ending.object_id = parts.object_id AND ending.actor_id = parts.actor_id
                AND ending.type = ${endingOf(connection)}
                AND ending.at >= parts.at - interval '5 s')`;
  return rows.map(({ event }) => event);
}

/**
 * Of these events, those whose id does not follow from what they tell, as the id of each event of ours
 * does: beside the right one they tell a change twice.
 *
 * @returns their ids
 */
export async function strangersAmong(
  connection: Connection,
  events: readonly ActivityEvent[],
): Promise<string[]> {
  const rows = await connection<{ id: string }[]>`
    SELECT event ->> 'id' AS id
      FROM jsonb_array_elements(${connection.json(events as never)}) AS given (event),
           ${partsOf(connection)}
     WHERE (event ->> 'id')::uuid
           <> activity_event_id(parts.type, parts.actor_id, parts.object_id, parts.at)`;
  return rows.map(({ id }) => id);
}

/** Keeps events without a row for {@link endOrphans}. */
export async function addOrphans(connection: Connection, events: readonly ActivityEvent[]) {
  await connection`
    INSERT INTO activity_orphans (event)
    SELECT event FROM jsonb_array_elements(${connection.json(events as never)}) AS event`;
}

/**
 * Writes to the outbox that what a batch of orphans tells of has come to its end, as of now. Where a
 * row with the same key but another time is there, nothing has ended, and nothing is written.
 *
 * @returns how many events are orphans no more; undefined when all have been gone through
 */
export async function endOrphans(
  connection: Connection,
  batch: number,
  limit: number,
): Promise<number | undefined> {
  const [done] = await connection<{ seen: number; ended: number }[]>`
    WITH orphan AS MATERIALIZED (
      SELECT event, parts.*
        FROM activity_orphans, ${partsOf(connection)}
       WHERE ordinal > ${batch * limit}::bigint AND ordinal <= ${(batch + 1) * limit}::bigint
    ), gone AS (
      SELECT * FROM orphan AS parts WHERE ${createdAt(connection)} IS NULL
    ), written AS (
      INSERT INTO outbox (id, event)
      SELECT (ending ->> 'id')::uuid, ending
        FROM gone AS parts, activity_event(${endingOf(connection)}, now(), actor_id,
                                  event #>> '{actor,name}', event -> 'object') AS ending
      ON CONFLICT DO NOTHING
    )
    SELECT (SELECT count(*) FROM orphan) AS seen, (SELECT count(*) FROM gone) AS ended`;
  return done && done.seen > 0 ? done.ended : undefined;
}

/** What an `event` is found by. */
const partsOf = (sql: Queryable) => sql`
  LATERAL (SELECT event ->> 'type' AS type, (event ->> 'at')::timestamptz AS at,
                  (event #>> '{actor,id}')::uuid AS actor_id,
                  (event #>> '{object,id}')::uuid AS object_id) AS parts`;

/** When the row that an event tells of was made; null where it is not there. */
const createdAt = (sql: Queryable) => sql`
  CASE parts.type
    WHEN 'joined' THEN (SELECT created_at FROM users WHERE id = object_id)
    WHEN 'followed' THEN (SELECT created_at FROM followers
                           WHERE follower_id = actor_id AND followed_id = object_id)
    WHEN 'posted' THEN (SELECT created_at FROM posts WHERE id = object_id)
    WHEN 'commented' THEN (SELECT created_at FROM comments WHERE id = object_id)
    WHEN 'liked' THEN (SELECT created_at FROM likes
                        WHERE user_id = actor_id AND post_id = object_id)
  END`;

const endingOf = (sql: Queryable) => sql`
  CASE parts.type WHEN 'followed' THEN 'unfollowed' WHEN 'liked' THEN 'unliked' ELSE 'deleted' END`;
