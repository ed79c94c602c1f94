import type { Queryable } from '../stores/postgres.js';
import type { ActivityEvent } from './event.js';
import { type ActivityStore, INSERT_MS, insertWithin } from './store.js';

/**
 * Puts events straight into the store, past the outbox. What the store refuses goes to the outbox,
 * where it is tried again, and set aside in the end.
 *
 * @returns how many the store has now
 */
export async function offerEvents(
  sql: Queryable,
  store: ActivityStore,
  events: readonly ActivityEvent[],
): Promise<number> {
  const refused = new Set((await insertWithin(INSERT_MS, store, events)).map(({ id }) => id));
  if (refused.size > 0) {
    await sql`
      INSERT INTO outbox (id, event)
      SELECT (event ->> 'id')::uuid, event
        FROM jsonb_array_elements(${sql.json(
          events.filter(({ id }) => refused.has(id)) as never,
        )}) AS event
      ON CONFLICT DO NOTHING`;
  }
  return events.length - refused.size;
}
