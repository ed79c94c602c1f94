import { isId } from '../social/users.js';
import type { Sql } from '../stores/postgres.js';
import { type Connection, onOneConnection } from '../tuning/session.js';
import type { ActivityEvent, EventType } from './event.js';
import {
  addEndings,
  addOrphans,
  addWaitingEndings,
  createTables,
  dropTables,
  endOrphans,
  orphansAmong,
  strangersAmong,
} from './orphans.js';
import type { ActivityStore } from './store.js';
import { history, OVERLAP_MS } from './tail.js';
import type { ActivityCheck } from './verify.js';
import type { PartOptions } from './verify-rows.js';

const CREATIONS: readonly EventType[] = ['joined', 'followed', 'posted', 'commented', 'liked'];
const ENDINGS: readonly EventType[] = ['unfollowed', 'unliked', 'deleted'];
const BATCH_SIZE = 1_000;

/** Looks for the row of each event of a creation, or for what tells of its end, and for doubles. */
export function verifyEvents(
  sql: Sql,
  store: ActivityStore,
  { repair, onBatch, signal }: PartOptions & { signal: AbortSignal | undefined },
): Promise<Omit<ActivityCheck, 'name'>> {
  return onOneConnection(sql, signal, async (connection) => {
    await createTables(connection);
    try {
      let [checked, wrong, repaired] = [0, 0, 0];
      const lookAgain = await endingsOf(connection, store, () => onBatch(0));
      for await (const page of history(store, { types: CREATIONS }, undefined)) {
        const events = page.map(({ event }) => event);
        const sound = events.filter(isSound);
        const strangers = await strangersAmong(connection, sound);
        if (repair && strangers.length > 0) repaired += await store.remove(strangers);
        const own = sound.filter(({ id }) => !strangers.includes(id));
        let orphans = await orphansAmong(connection, own);
        if (orphans.length > 0) {
          // It may have come to its end while the events were read.
          await lookAgain();
          orphans = await orphansAmong(connection, orphans);
        }
        if (repair && orphans.length > 0) await addOrphans(connection, orphans);
        checked += events.length;
        wrong += orphans.length + events.length - own.length;
        onBatch(checked);
      }
      if (repair) repaired += await endAll(connection, () => onBatch(checked));
      return { checked, wrong, repaired };
    } finally {
      await dropTables(connection).catch(() => {});
    }
  });
}

/**
 * Gathers what the store and the outbox know of endings.
 *
 * @returns gathers what has come since
 */
async function endingsOf(
  connection: Connection,
  store: ActivityStore,
  onPage: () => void,
): Promise<() => Promise<void>> {
  let looked = await store.now();
  for await (const page of history(store, { types: ENDINGS }, undefined)) {
    await addSoundEndings(
      connection,
      page.map(({ event }) => event),
    );
    onPage();
  }
  return async () => {
    // In the order in which an event travels, so that none slips by.
    await addWaitingEndings(connection);
    const now = await store.now();
    const arrived = await store.arrivals({ types: ENDINGS }, Math.min(looked, now) - OVERLAP_MS);
    looked = now;
    for (let start = 0; start < arrived.length; start += BATCH_SIZE) {
      const ids = arrived.slice(start, start + BATCH_SIZE).map(({ id }) => id);
      await addSoundEndings(connection, await store.find(ids));
    }
  };
}

function addSoundEndings(connection: Connection, events: readonly ActivityEvent[]) {
  return addEndings(connection, events.filter(isSound));
}

/** Whether PostgreSQL can look for what it tells of: anybody may write into a MongoDB. */
function isSound({ id, actor, object }: ActivityEvent): boolean {
  const ids = [id, actor.id, object.id];
  if (object.kind === 'post') ids.push(object.author.id);
  if (object.kind === 'comment') ids.push(object.post.id, object.post.author.id);
  return ids.every(isId);
}

async function endAll(connection: Connection, onBatch: () => void): Promise<number> {
  let repaired = 0;
  for (let batch = 0; ; batch++) {
    const ended = await endOrphans(connection, batch, BATCH_SIZE);
    if (ended === undefined) return repaired;
    repaired += ended;
    onBatch();
  }
}
