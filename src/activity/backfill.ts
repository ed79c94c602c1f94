import type { Sql, Transaction } from '../stores/postgres.js';
import type { ActivityEvent } from './event.js';
import { offerEvents } from './offer.js';
import { copySource } from './postgres-store.js';
import { type Reached, type Stretch, sourceBatch } from './source.js';
import type { ActivityStore } from './store.js';

/**
 * Asks the relay to carry over the events of all rows that are there, the caller's own included. Bulk
 * loads call it inside their transaction instead of writing an outbox row for each row: the relay
 * derives the events from the rows and puts them straight into the activity store. Events that were
 * carried before have the same ids and change nothing; of rows that go before the relay comes to
 * them, a trigger keeps the events (sql/migrations/0003_activity.sql).
 */
export async function requestBackfill(transaction: Transaction): Promise<void> {
  await transaction`
    INSERT INTO activity_backfill (source)
    VALUES ('users'), ('followers'), ('posts'), ('comments'), ('likes')`;
}

/**
 * Carries over one batch of what a bulk load left. What was reached is recorded when the store has
 * the batch, so a relay that dies in between leaves a batch that is done twice, to the same effect.
 *
 * @param limit events at most
 * @returns the number of events, undefined when there is nothing left that nobody else works on
 */
export function backfillBatch(
  sql: Sql,
  store: ActivityStore,
  limit: number,
): Promise<number | undefined> {
  return sql.begin(async (transaction) => {
    const [work] = await transaction<(Stretch & { id: string })[]>`
      SELECT id, source, key1, key2 FROM activity_backfill
       ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
    if (!work) return undefined;
    const reached =
      store.name === 'postgresql'
        ? await copySource(transaction, work, limit)
        : await carrySource(transaction, store, work, limit);
    if (reached.count < limit) {
      await transaction`DELETE FROM activity_backfill WHERE id = ${work.id}`;
    } else {
      const { key1, key2 } = reached;
      await transaction`
        UPDATE activity_backfill SET key1 = ${key1}, key2 = ${key2} WHERE id = ${work.id}`;
    }
    return reached.count;
  });
}

/** Events that bulk loads left and nobody has carried over; it takes about 1 s for ten million. */
export async function countBackfill(sql: Sql): Promise<number> {
  const [left] = await sql<[{ events: number }]>`
    SELECT coalesce(sum((
             SELECT count(*) FROM activity_source() AS row
              WHERE row.source = stretch.source
                AND (stretch.key1 IS NULL
                     OR (row.key1, row.key2) > (stretch.key1, stretch.key2)))), 0)::bigint AS events
      FROM activity_backfill AS stretch`;
  return left.events;
}

async function carrySource(
  transaction: Transaction,
  store: ActivityStore,
  stretch: Stretch,
  limit: number,
): Promise<Reached> {
  const rows = await transaction<{ key1: string; key2: string | null; event: ActivityEvent }[]>`
    ${sourceBatch(transaction, stretch, limit)}`;
  await offerEvents(
    transaction,
    store,
    rows.map(({ event }) => event),
  );
  const last = rows.at(-1);
  return { count: rows.length, key1: last?.key1 ?? null, key2: last?.key2 ?? null };
}
