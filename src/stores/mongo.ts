import { MongoClient, MongoServerError } from 'mongodb';
import { databaseNameOf } from '../config.js';
import { messageOf } from '../errors.js';

/**
 * Opens MongoDB and makes sure that it answers; every wait of the driver is bounded.
 *
 * @param url `mongodb://…` or `mongodb+srv://…`
 * @param timeoutMs bound on finding a server and on one operation, milliseconds
 * @throws the driver's error when no server can be reached
 */
export async function openMongo(url: string, timeoutMs: number): Promise<MongoClient> {
  // A server that falls silent in the middle is missed after a heartbeat, which may take as long as a
  // connection, and a read is then tried again for as long as a server is looked for: together what a
  // store at fault may cost.
  const patience = Math.min(1_000, timeoutMs);
  const client = new MongoClient(url, {
    appName: 'socialdb',
    serverSelectionTimeoutMS: patience,
    connectTimeoutMS: patience,
    socketTimeoutMS: Math.max(patience, timeoutMs + 500),
    waitQueueTimeoutMS: patience,
    // How soon a server is missed that falls silent in the middle of a long operation.
    heartbeatFrequencyMS: 500,
    maxPoolSize: 4,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.close().catch(() => {});
    throw error;
  }
}

/** The database that the URL names, `socialdb` where it names none. */
export function databaseOf(client: MongoClient, url: string) {
  return client.db(databaseNameOf(url) ?? 'socialdb');
}

const AUTHENTICATION_FAILED = 18;

/** What an error of MongoDB or its driver means, in words that hold no secret. */
export function mongoReason(thrown: unknown): string {
  if (!(thrown instanceof MongoServerError)) return 'does not answer';
  return thrown.code === AUTHENTICATION_FAILED
    ? 'refused the user or password'
    : `refused: ${messageOf(thrown)}`;
}
