import { MongoServerError } from 'mongodb';
import { openMongo } from '../stores/mongo.js';
import { findMongod } from './mongod.js';
import { passwordOf, portOf, type Service } from './service.js';
import { makePrivate } from './site.js';

const TIMEOUT_MS = 1_500;
const AUTHENTICATION_FAILED = 18;

export const mongodbService: Service = {
  name: 'mongodb',
  title: 'MongoDB',
  firstPort: 17_017,
  pidFile: 'mongod.lock',
  endings: [
    ['SIGTERM', 15_000],
    ['SIGKILL', 5_000],
  ],
  patienceMs: 45_000,
  find: findMongod,
  url: (port, password) =>
    `mongodb://socialdb:${password}@127.0.0.1:${port}/socialdb?authSource=admin`,
  prepare: (site, directory) => makePrivate(directory, site.user),
  command: (directory, url) => ({
    args: [
      ...['--dbpath', directory, '--bind_ip', '127.0.0.1', '--port', String(portOf(url))],
      ...['--auth', '--nounixsocket'],
      // mongod would take half of the memory for a stream of a few thousand events.
      ...['--wiredTigerCacheSizeGB', '0.25'],
    ],
  }),
  async settle(url) {
    try {
      await mongodbService.version(url);
    } catch (error) {
      if (!(error instanceof MongoServerError && error.code === AUTHENTICATION_FAILED)) throw error;
      await createUser(url);
    }
  },
  async version(url) {
    const client = await openMongo(url, TIMEOUT_MS);
    try {
      const { version } = await client.db('admin').command({ buildInfo: 1 });
      return String(version);
    } finally {
      await client.close();
    }
  },
};

/** A mongod without users lets whoever comes over loopback make the first one, and only that. */
async function createUser(url: string): Promise<void> {
  const client = await openMongo(`mongodb://127.0.0.1:${portOf(url)}/`, TIMEOUT_MS);
  try {
    // Ours lets nobody read before there is a user.
    const probe = client.db('socialdb').collection('probe').findOne();
    if (await probe.then(() => true).catch(() => false)) {
      throw new Error('another MongoDB, one without users, answers on the port');
    }
    const admin = client.db('admin');
    await admin.command({ createUser: 'socialdb', pwd: passwordOf(url), roles: ['root'] });
  } finally {
    await client.close();
  }
}
