import type { Collection } from 'mongodb';
import type { ActivityDocument } from './mongodb-document.js';

/** How long the server waits for a change before it answers that there is none, milliseconds. */
const AWAIT_MS = 1_000;

/**
 * Calls `onInsert` for each document put in, as a change stream tells of it, until `signal`.
 *
 * @throws the driver's error where change streams are not offered (a single mongod, FerretDB), or when
 *   the driver could not resume one
 * @see https://www.mongodb.com/docs/manual/changeStreams/
 */
export async function announceInserts(
  collection: Collection<ActivityDocument>,
  onInsert: () => void,
  signal: AbortSignal,
): Promise<void> {
  const inserts = [{ $match: { operationType: 'insert' } }, { $project: { _id: 1 } }];
  const stream = collection.watch(inserts, { maxAwaitTimeMS: AWAIT_MS });
  const close = () => void stream.close().catch(() => {});
  signal.addEventListener('abort', close, { once: true });
  try {
    for await (const _ of stream) onInsert();
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
