import { messageOf } from '../errors.js';
import type { Queryable, Sql, Transaction } from '../stores/postgres.js';
import type { ActivityEvent } from './event.js';
import { postgresTtl } from './postgres-ttl.js';
import { type Reached, type Stretch, sourceBatch } from './source.js';
import type {
  ActivityFilter,
  ActivityStore,
  ActorCount,
  Arrival,
  BucketCount,
  Rejection,
  StoredEvent,
} from './store.js';

/** The activity store of those without MongoDB: the table `activity` of the same database. */
export function postgresStore(sql: Sql): ActivityStore {
  return {
    name: 'postgresql',
    ...postgresTtl(sql),
    insert: (events) => insert(sql, events),
    async read(filter, page) {
      const newest = page.order === 'newest';
      const after = page.order === 'oldest' ? page.after : undefined;
      const rows = await sql<StoredEvent[]>`
        SELECT id, ${arrivedMs(sql)}, event FROM activity
         WHERE ${matching(sql, filter)}
           ${after ? sql`AND (at, id) > (${after.at}, ${after.id})` : sql``}
         ORDER BY ${newest ? sql`at DESC, id DESC` : sql`at, id`}
         LIMIT ${page.limit}`;
      return [...rows];
    },
    async now() {
      const [clock] = await sql<{ now: number }[]>`
        SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
      return Math.floor(clock?.now ?? 0);
    },
    arrivals: async (filter, sinceMs) => [
      ...(await sql<Arrival[]>`
      SELECT id, ${arrivedMs(sql)} FROM activity
       WHERE arrived_at >= to_timestamp(${sinceMs}::float8 / 1000) AND ${matching(sql, filter)}`),
    ],
    async find(ids) {
      const rows = await sql<{ event: ActivityEvent }[]>`
        SELECT event FROM activity WHERE id = ANY (${arrayLiteral(ids)}::uuid[])`;
      return rows.map(({ event }) => event);
    },
    remove: (ids) => removeActivity(sql, ids),
    async known(ids) {
      const rows = await sql<{ id: string }[]>`
        SELECT id FROM activity WHERE id = ANY (${arrayLiteral(ids)}::uuid[])`;
      return rows.map(({ id }) => id);
    },
    countBy: async (bucket, filter) => [
      ...(await sql<BucketCount[]>`
      SELECT date_trunc(${bucket}, at, 'UTC') AS at, type, count(*)
        FROM activity WHERE ${matching(sql, filter)}
       GROUP BY 1, 2 ORDER BY 1, 2`),
    ],
    topActors: async (filter, limit) => [
      ...(await sql<ActorCount[]>`
      SELECT actor_id AS id, max(event #>> '{actor,name}') AS name, count(*)
        FROM activity WHERE ${matching(sql, filter)}
       GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT ${limit}`),
    ],
  };
}

const arrivedMs = (sql: Queryable) =>
  sql`floor(extract(epoch FROM arrived_at) * 1000)::float8 AS "arrivedMs"`;

function matching(sql: Queryable, { types, actorId, since }: ActivityFilter) {
  return sql`true
    ${types ? sql`AND type = ANY (${arrayLiteral(types)}::text[])` : sql``}
    ${actorId ? sql`AND actor_id = ${actorId}` : sql``}
    ${since ? sql`AND at >= ${since}` : sql``}`;
}

/** Of ids and types only, which hold nothing that would have to be quoted. */
function arrayLiteral(values: readonly string[]): string {
  return `{${values.join(',')}}`;
}

async function insert(sql: Sql, events: readonly ActivityEvent[]): Promise<Rejection[]> {
  try {
    await sql`
      WITH arrived AS (SELECT event FROM jsonb_array_elements(${sql.json(events as never)}) AS event)
      ${intoActivity(sql)}`;
    return [];
  } catch (error) {
    if (!isDataError(error)) throw error;
    const [event, ...others] = events;
    if (event && others.length === 0) return [{ id: event.id, reason: messageOf(error) }];
    const rejections: Rejection[] = [];
    for (const one of events) rejections.push(...(await insert(sql, [one])));
    return rejections;
  }
}

/**
 * Copies the column `event` of the relation `arrived` into the store; in the order of the ids, so that
 * two relays with the same events do not deadlock.
 */
function intoActivity(sql: Queryable) {
  return sql`
    INSERT INTO activity (id, type, actor_id, at, event)
    SELECT (event ->> 'id')::uuid, event ->> 'type', (event #>> '{actor,id}')::uuid,
           (event ->> 'at')::timestamptz, event
      FROM arrived
     ORDER BY 1
    ON CONFLICT (id) DO NOTHING`;
}

/**
 * Takes events out of the store.
 *
 * @returns how many were there
 */
export async function removeActivity(sql: Sql, ids: readonly string[]): Promise<number> {
  const { count } = await sql`DELETE FROM activity WHERE id = ANY (${arrayLiteral(ids)}::uuid[])`;
  return count;
}

/** Whether PostgreSQL refused the values themselves: a wrong form, or a constraint. */
export function isDataError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code));
}

/**
 * Moves the oldest events from the outbox to the store next to it, in one statement.
 *
 * @param limit events at most
 * @returns what was moved
 * @throws PostgreSQL's error when one of them is refused; nothing is moved then
 */
export async function moveOutbox(
  transaction: Transaction,
  limit: number,
): Promise<readonly ActivityEvent[]> {
  const rows = await transaction<{ event: ActivityEvent }[]>`
    WITH next AS MATERIALIZED (
      SELECT id FROM outbox WHERE retry_at <= now()
       ORDER BY retry_at, created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ), arrived AS (
      DELETE FROM outbox USING next WHERE outbox.id = next.id RETURNING event
    ), stored AS (${intoActivity(transaction)})
    SELECT event FROM arrived`;
  return rows.map(({ event }) => event);
}

/**
 * Copies the events of one stretch of rows into the store next to them, in one statement.
 *
 * @param limit events at most
 */
export async function copySource(
  transaction: Transaction,
  stretch: Stretch,
  limit: number,
): Promise<Reached> {
  const [reached] = await transaction<Reached[]>`
    WITH arrived AS MATERIALIZED (${sourceBatch(transaction, stretch, limit)}),
         stored AS (${intoActivity(transaction)})
    SELECT count(*) OVER (), key1, key2 FROM arrived
     ORDER BY key1 DESC, key2 DESC NULLS LAST LIMIT 1`;
  return reached ?? { count: 0, key1: null, key2: null };
}
