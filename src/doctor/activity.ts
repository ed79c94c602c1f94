import { readBacklog } from '../activity/outbox.js';
import { count, plural, span } from '../wording.js';
import { type Check, fail, ok, warn } from './check.js';
import type { PostgresSubject } from './postgres/server.js';

/** A relay that runs leaves no event so old, seconds; one that was forgotten does. */
const LATE_S = 60;
const VERY_LATE_S = 3_600;

const outbox: Check<PostgresSubject> = {
  name: 'outbox',
  async run({ sql }) {
    const [waiting] = await sql<{ events: number; seconds: number | null; refused: number }[]>`
      SELECT count(*) AS events, count(*) FILTER (WHERE attempts > 0) AS refused,
             extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS seconds
        FROM outbox WHERE retry_at < 'infinity'`;
    const { events = 0, refused = 0 } = waiting ?? {};
    const seconds = waiting?.seconds ?? 0;
    if (events === 0) return ok('empty');
    const again = refused > 0 ? `, ${count(refused)} refused before` : '';
    const evidence = `${plural(events, 'event')} waiting${again}, the oldest for ${span(seconds)}`;
    if (seconds < LATE_S) return ok(evidence);
    return (seconds < VERY_LATE_S ? warn : fail)(evidence, 'socialdb activity relay');
  },
};

const poisonEvents: Check<PostgresSubject> = {
  name: 'poison-events',
  async run({ sql }) {
    const { setAside, lastError } = await readBacklog(sql);
    if (setAside === 0) return ok('none');
    return fail(
      `${plural(setAside, 'event')} set aside, the store said: ${lastError ?? 'nothing'}`,
      'socialdb activity relay --retry  # when the cause is gone',
    );
  },
};

const backfill: Check<PostgresSubject> = {
  name: 'backfill',
  async run({ sql }) {
    const { backfill } = await readBacklog(sql);
    if (backfill.length === 0) return ok('nothing left of bulk loads');
    return warn(`still to carry over: ${backfill.join(', ')}`, 'socialdb activity relay');
  },
};

export const ACTIVITY_CHECKS = [outbox, poisonEvents, backfill];
