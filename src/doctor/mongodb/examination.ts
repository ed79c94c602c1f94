import type { MongoClient } from 'mongodb';
import { redactUrl } from '../../config.js';
import { StoreError } from '../../errors.js';
import type { Stores } from '../../stores/stores.js';
import type { Examination } from '../examine.js';
import { MONGODB_CHECKS, MONGODB_REACHABLE, type MongodbSubject, meetMongodb } from './server.js';

/** MongoDB as the activity store; unset where it is done without. */
export function mongodbExamination({ config }: Stores): Examination<MongodbSubject> {
  const { mongodbUrl: url, timeoutMs, origins } = config;
  return {
    ...(!url && { unset: 'none is set: the activity stream is kept in PostgreSQL' }),
    async meet() {
      const { databaseOf, mongoReason, openMongo } = await import('../../stores/mongo.js');
      const client = await openMongo(url ?? '', timeoutMs).catch((error) => {
        const message = `MongoDB at ${redactUrl(url ?? '')} ${mongoReason(error)}`;
        const hint = 'check MONGODB_URL, or run: socialdb stack up';
        throw new StoreError('mongodb-unavailable', message, hint);
      });
      const database = databaseOf(client, url ?? '');
      const embedded = origins.MONGODB_URL === 'stack';
      return meetMongodb(client, database, url ?? '', embedded).catch((error) => {
        leave(client);
        throw error;
      });
    },
    leave: ({ client }) => leave(client),
    reachable: MONGODB_REACHABLE,
    groups: [{ name: 'mongodb', checks: MONGODB_CHECKS }],
  };
}

/** Nobody waits for it: a server that is frozen would not answer. */
function leave(client: MongoClient): void {
  client.close().catch(() => {});
}
