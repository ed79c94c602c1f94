import type { Sql } from '../stores/postgres.js';
import type { ActivityEvent } from './event.js';
import { offerEvents } from './offer.js';
import { type Stretch, sourceBatch } from './source.js';
import type { ActivityStore } from './store.js';
import type { ActivityCheck } from './verify.js';

const BATCH_SIZE = 1_000;

interface SourceRow {
  readonly key1: string;
  readonly key2: string | null;
  readonly event: ActivityEvent;
}

export interface PartOptions {
  readonly repair: boolean;
  /** Told after each batch how many have been looked at; what it throws ends the check. */
  readonly onBatch: (checked: number) => void;
}

/** Looks for the event of each row of one source. */
export async function verifyRows(
  sql: Sql,
  store: ActivityStore,
  source: string,
  { repair, onBatch }: PartOptions,
): Promise<Omit<ActivityCheck, 'name'>> {
  let [checked, wrong, repaired] = [0, 0, 0];
  let stretch: Stretch = { source, key1: null, key2: null };
  let rows: readonly SourceRow[];
  do {
    rows = await sql<SourceRow[]>`${sourceBatch(sql, stretch, BATCH_SIZE)}`;
    const missing = await withoutEvent(sql, store, source, rows);
    if (repair && missing.length > 0) repaired += await offerEvents(sql, store, missing);
    checked += rows.length;
    wrong += missing.length;
    const last = rows.at(-1);
    if (last) stretch = { source, key1: last.key1, key2: last.key2 };
    onBatch(checked);
  } while (rows.length === BATCH_SIZE);
  return { checked, wrong, repaired };
}

/**
 * The events that are nowhere. An event goes from the backfill to the outbox and the store, from the
 * outbox to the store, and never back, so looking in that order, after the rows were read, finds
 * every event that is on its way at this moment. One that has expired is not missed.
 */
async function withoutEvent(
  sql: Sql,
  store: ActivityStore,
  source: string,
  rows: readonly SourceRow[],
): Promise<ActivityEvent[]> {
  if (rows.length === 0) return [];
  const loaded = await stillToLoad(sql, source);
  let left = rows.filter((row) => !loaded(row)).map(({ event }) => event);
  left = without(left, await inOutbox(sql, left));
  left = without(left, left.length > 0 ? await store.known(left.map(({ id }) => id)) : []);
  if (left.length === 0) return [];
  // By the store's clock after the look: what is younger than that had not expired.
  const ttlMs = await store.ttlMs();
  const cutoff = ttlMs === undefined ? Number.NEGATIVE_INFINITY : (await store.now()) - ttlMs;
  return left.filter(({ at }) => Date.parse(at) >= cutoff);
}

/** Tells the rows that a backfill has still to come to. */
async function stillToLoad(sql: Sql, source: string): Promise<(row: SourceRow) => boolean> {
  const stretches = await sql<Stretch[]>`
    SELECT source, key1, key2 FROM activity_backfill WHERE source = ${source}`;
  // Ids compare as text as they do in PostgreSQL: lower-case hexadecimal of one length.
  return ({ key1, key2 }) =>
    stretches.some(
      (reached) =>
        reached.key1 === null ||
        key1 > reached.key1 ||
        (key1 === reached.key1 && (key2 ?? '') > (reached.key2 ?? '')),
    );
}

async function inOutbox(sql: Sql, events: readonly ActivityEvent[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    SELECT id FROM outbox WHERE id = ANY (${`{${events.map(({ id }) => id).join(',')}}`}::uuid[])`;
  return rows.map(({ id }) => id);
}

function without(events: readonly ActivityEvent[], ids: readonly string[]): ActivityEvent[] {
  const there = new Set(ids);
  return events.filter(({ id }) => !there.has(id));
}
