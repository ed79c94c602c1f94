import type { ActivityEvent } from '../activity/event.js';
import type { BeforeDelete } from '../activity/relay.js';
import type { Stores } from '../stores/stores.js';
import { openCache, type Touched, touch } from './versions.js';

/** How far the clocks of the database and of this machine may be apart, milliseconds. */
const CLOCK_SKEW_MS = 60_000;

/**
 * The relay's hook: makes stale, again, every timeline that these events changed, since a writer may
 * have died between its commit and its SET, or Redis may have been down. While Redis is down the events
 * stay in the outbox, but only for as long as a timeline lives: then there is nothing left to heal.
 */
export function healer(stores: Pick<Stores, 'config' | 'postgres' | 'redis'>): BeforeDelete {
  const { redisUrl, cacheTtl } = stores.config;
  return async (events) => {
    const touched = touchedBy(events);
    if (!redisUrl || touched.authors.length + touched.readers.length === 0) return true;
    try {
      const cache = await openCache(stores, stores.postgres());
      if (!cache) throw new Error('Redis is down');
      await touch(cache, touched);
      return true;
    } catch {
      const youngest = Math.max(...events.map(({ at }) => Date.parse(at)));
      return Date.now() - youngest > cacheTtl * 1_000 + CLOCK_SKEW_MS;
    }
  };
}

/** Whose versions change with these events. */
function touchedBy(events: readonly ActivityEvent[]): Required<Touched> {
  const authors = new Set<string>();
  const readers = new Set<string>();
  for (const { type, actor, object } of events) {
    if (type === 'posted' || type === 'deleted') authors.add(actor.id);
    if (type === 'followed' || type === 'unfollowed') readers.add(actor.id);
    if (type === 'deleted' && object.kind === 'user') readers.add(object.id);
  }
  return { authors: [...authors], readers: [...readers] };
}
