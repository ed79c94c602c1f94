import type { Db, Filter } from 'mongodb';
import type { ActivityEvent } from './event.js';
import { announceInserts } from './mongodb-changes.js';
import {
  type ActivityDocument,
  prepareCollection,
  toDocument,
  toEvent,
} from './mongodb-document.js';
import { insertDocuments } from './mongodb-insert.js';
import { mongodbTtl } from './mongodb-ttl.js';
import type { ActivityFilter, ActivityStore, ActorCount, Bucket, BucketCount } from './store.js';

// A day as 24 hours: DocumentDB, under FerretDB, cuts `unit: 'day'` to the wrong days.
const BINS: Readonly<Record<Bucket, { unit: string; binSize: number }>> = {
  minute: { unit: 'minute', binSize: 1 },
  hour: { unit: 'hour', binSize: 1 },
  day: { unit: 'hour', binSize: 24 },
};

/** The activity store in MongoDB: the collection `activity` of the database. */
export function mongodbStore(db: Db): ActivityStore {
  const collection = db.collection<ActivityDocument>('activity', {
    // The outbox row goes once the event is acknowledged: it has to be on disk by then.
    writeConcern: { w: 'majority', journal: true },
  });
  let prepared: Promise<void> | undefined;
  const now = async () => {
    const { localTime } = await db.command({ hello: 1 });
    return localTime.getTime();
  };
  return {
    name: 'mongodb',
    ...mongodbTtl(db, collection),
    async insert(events) {
      prepared ??= prepareCollection(db);
      const [arrivedMs] = await Promise.all([now(), prepared]);
      const documents = events.map((event) => toDocument(event, new Date(arrivedMs)));
      return insertDocuments(
        (batch) => collection.insertMany(batch, { ordered: false }),
        documents,
      );
    },
    async read(filter, page) {
      const step = page.order === 'newest' ? -1 : 1;
      const after = page.order === 'oldest' ? page.after : undefined;
      const documents = await collection
        .find({ $and: [matching(filter), after ? beyond(after) : {}] })
        .sort({ atMicros: step, _id: step })
        .limit(page.limit)
        .toArray();
      return documents.map((document) => ({
        id: document._id,
        arrivedMs: document.arrivedAt.getTime(),
        event: toEvent(document),
      }));
    },
    now,
    async arrivals(filter, sinceMs) {
      const documents = await collection
        .find({ arrivedAt: { $gte: new Date(sinceMs) }, ...matching(filter) })
        .project<{ _id: string; arrivedAt: Date }>({ arrivedAt: 1 })
        .toArray();
      return documents.map(({ _id, arrivedAt }) => ({ id: _id, arrivedMs: arrivedAt.getTime() }));
    },
    async find(ids) {
      return (await collection.find({ _id: { $in: [...ids] } }).toArray()).map(toEvent);
    },
    announce: (onArrival, signal) => announceInserts(collection, onArrival, signal),
    async known(ids) {
      const found = collection
        .find({ _id: { $in: [...ids] } })
        .project<{ _id: string }>({ _id: 1 });
      return (await found.toArray()).map(({ _id }) => _id);
    },
    async remove(ids) {
      return (await collection.deleteMany({ _id: { $in: [...ids] } })).deletedCount;
    },
    async countBy(bucket, filter) {
      const time = { $dateTrunc: { date: '$at', ...BINS[bucket] } };
      const counts = await collection
        .aggregate<{ _id: { at: Date; type: BucketCount['type'] }; count: number }>([
          { $match: matching(filter) },
          { $group: { _id: { at: time, type: '$type' }, count: { $sum: 1 } } },
          { $sort: { '_id.at': 1, '_id.type': 1 } },
        ])
        .toArray();
      return counts.map(({ _id, count }) => ({ at: microseconds(_id.at), type: _id.type, count }));
    },
    async topActors(filter, limit) {
      const actors = await collection
        .aggregate<Omit<ActorCount, 'id'> & { _id: string }>([
          { $match: matching(filter) },
          { $group: { _id: '$actor.id', name: { $max: '$actor.name' }, count: { $sum: 1 } } },
          { $sort: { count: -1, _id: 1 } },
          { $limit: limit },
        ])
        .toArray();
      return actors.map(({ _id, name, count }) => ({ id: _id, name, count }));
    },
  };
}

function matching({ types, actorId, since }: ActivityFilter): Filter<ActivityDocument> {
  return {
    ...(types && { type: { $in: [...types] } }),
    ...(actorId && { 'actor.id': actorId }),
    ...(since && { atMicros: { $gte: since } }),
  };
}

function beyond({ at, id }: ActivityEvent): Filter<ActivityDocument> {
  return {
    atMicros: { $gte: at },
    $or: [{ atMicros: { $gt: at } }, { atMicros: at, _id: { $gt: id } }],
  };
}

/** A bucket's beginning, which has no fraction of a second. */
function microseconds(date: Date): string {
  return date.toISOString().replace('.000Z', '.000000Z');
}
