import type { Collection, Db } from 'mongodb';
import { type ActivityDocument, prepareCollection } from './mongodb-document.js';
import type { ExpiringStore } from './store.js';

const INDEX = 'expiry';
/** NamespaceNotFound, IndexNotFound */
const MISSING = new Set<unknown>([26, 27]);

/** The TTL of the collection: an index whose documents MongoDB itself takes away, once a minute. */
export function mongodbTtl(db: Db, collection: Collection<ActivityDocument>): ExpiringStore {
  return {
    async ttlMs() {
      const indexes = await unlessMissing(collection.indexes());
      const seconds = indexes?.find(({ name }) => name === INDEX)?.expireAfterSeconds;
      return seconds === undefined ? undefined : seconds * 1_000;
    },
    async setTtl(ms) {
      if (ms === undefined) {
        await unlessMissing(collection.dropIndex(INDEX));
        return;
      }
      await prepareCollection(db);
      const expireAfterSeconds = Math.ceil(ms / 1_000);
      const changed = await unlessMissing(
        db.command({
          collMod: collection.collectionName,
          index: { name: INDEX, expireAfterSeconds },
        }),
      );
      if (!changed) await collection.createIndex({ at: 1 }, { name: INDEX, expireAfterSeconds });
    },
    countBefore: (at) => collection.countDocuments({ atMicros: { $lt: at } }),
    expire: async () => 0,
  };
}

async function unlessMissing<T>(command: Promise<T>): Promise<T | undefined> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof Error && 'code' in error && MISSING.has(error.code)) return undefined;
    throw error;
  }
}
