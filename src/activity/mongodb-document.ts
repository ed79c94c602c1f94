import type { Db } from 'mongodb';
import type { ActivityEvent } from './event.js';

/** An event as MongoDB keeps it. */
export interface ActivityDocument extends Omit<ActivityEvent, 'id' | 'at'> {
  /** The event's id. */
  readonly _id: string;
  /** For $dateTrunc, and for whoever reads the collection by hand. */
  readonly at: Date;
  /** The same time whole, since a Date ends at milliseconds; what the stream is ordered by. */
  readonly atMicros: string;
  readonly arrivedAt: Date;
}

const INDEXES = [
  { key: { atMicros: 1, _id: 1 }, name: 'by_date' },
  { key: { 'actor.id': 1, atMicros: 1, _id: 1 }, name: 'by_actor' },
  { key: { type: 1, atMicros: 1, _id: 1 }, name: 'by_type' },
  { key: { arrivedAt: 1, _id: 1 }, name: 'by_arrival' },
];

const VALIDATOR = {
  $jsonSchema: {
    bsonType: 'object',
    required: ['_id', 'v', 'type', 'at', 'atMicros', 'arrivedAt', 'actor', 'object'],
    properties: {
      _id: { bsonType: 'string' },
      type: { bsonType: 'string' },
      at: { bsonType: 'date' },
      atMicros: { bsonType: 'string' },
      arrivedAt: { bsonType: 'date' },
      actor: { bsonType: 'object', required: ['id', 'name'] },
      object: { bsonType: 'object', required: ['kind', 'id'] },
    },
  },
};

/** Makes the indexes and, with the collection, its validator: one round trip once they are there. */
export async function prepareCollection(db: Db): Promise<void> {
  const made = await db.command({ createIndexes: 'activity', indexes: INDEXES });
  if (made.createdCollectionAutomatically) {
    await db.command({ collMod: 'activity', validator: VALIDATOR });
  }
}

export function toDocument({ id, at, ...rest }: ActivityEvent, arrivedAt: Date): ActivityDocument {
  return { _id: id, ...rest, at: new Date(at), atMicros: at, arrivedAt };
}

export function toEvent({
  _id,
  v,
  type,
  atMicros,
  actor,
  object,
}: ActivityDocument): ActivityEvent {
  return { id: _id, v, type, at: atMicros, actor, object };
}
