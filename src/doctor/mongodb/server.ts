import type { Db, MongoClient } from 'mongodb';
import { redactUrl } from '../../config.js';
import { milliseconds } from '../../wording.js';
import { advise, type Check, type Finding, fail, ok, warn } from '../check.js';
import { clockFinding, type Reading } from '../clock.js';
import { median, SLOW_MS } from '../latency.js';

/** What MongoDB says of itself in its first answer. */
export interface Hello {
  /** The name of its replica set; absent where it stands alone. */
  readonly setName?: string;
  /** The members of the set that hold data. */
  readonly hosts?: readonly string[];
  readonly isWritablePrimary: boolean;
  readonly localTime: Date;
}

/** A MongoDB that answered. */
export interface MongodbSubject {
  readonly client: MongoClient;
  readonly address: string;
  readonly version: string;
  readonly hello: Hello;
  readonly roundTripMs: number;
  readonly clock: Reading;
  /** Whether it is the embedded stack's. */
  readonly embedded: boolean;
}

const SAMPLES = 3;
const OLDEST_MAJOR = 5;

/** @throws the driver's error when it does not answer */
export async function meetMongodb(
  client: MongoClient,
  db: Db,
  url: string,
  embedded: boolean,
): Promise<MongodbSubject> {
  const build = await db.command({ buildInfo: 1 });
  const answers = [await greet(db)] as [Answer];
  while (answers.length < SAMPLES) answers.push(await greet(db));
  const readings = answers.map(({ reading }) => reading);
  return {
    client,
    address: redactUrl(url),
    version: `${build.ferretdb ? `FerretDB ${build.ferretdb.version} as ` : ''}MongoDB ${build.version}`,
    hello: answers[0].hello,
    roundTripMs: median(readings.map(({ roundTripMs }) => roundTripMs)),
    clock: readings.reduce((best, one) => (one.roundTripMs < best.roundTripMs ? one : best)),
    embedded,
  };
}

interface Answer {
  readonly hello: Hello;
  readonly reading: Reading;
}

async function greet(db: Db): Promise<Answer> {
  const askedAt = Date.now();
  const started = performance.now();
  const hello = (await db.command({ hello: 1 })) as unknown as Hello;
  const roundTripMs = performance.now() - started;
  return { hello, reading: { askedAt, theirs: hello.localTime.getTime(), roundTripMs } };
}

export const MONGODB_REACHABLE: Check<MongodbSubject> = {
  name: 'mongodb-reachable',
  run({ version, address, roundTripMs }) {
    const trip = `${version}, a round trip takes ${milliseconds(roundTripMs)}`;
    if (Number.parseInt(version.split(' ').at(-1) ?? '', 10) < OLDEST_MAJOR) {
      return warn(`${trip}; older than ${OLDEST_MAJOR}, which is untried`, null);
    }
    return roundTripMs >= SLOW_MS
      ? warn(trip, advise(`measure the network on the way to ${address}`))
      : ok(trip);
  },
};

/** Whether there is a second copy of what it keeps. */
export function topologyFinding(
  { setName, hosts = [], isWritablePrimary }: Hello,
  embedded: boolean,
): Finding {
  if (!isWritablePrimary) {
    return fail(
      'not a primary: it takes no events',
      advise('name all members of the replica set in MONGODB_URL'),
    );
  }
  if (setName) {
    return hosts.length < 3
      ? warn(
          `replica set ${setName} of ${hosts.length}: one that fails stops it`,
          'mongosh "$MONGODB_URL" --eval "rs.status()"',
        )
      : ok(`replica set ${setName} of ${hosts.length} members`);
  }
  if (embedded) return ok('one server, as the embedded stack has it');
  return warn(
    'one server: the stream is lost with its disk',
    advise('start it with --replSet, then: mongosh --eval "rs.initiate()"'),
  );
}

const topology: Check<MongodbSubject> = {
  name: 'topology',
  run: ({ hello, embedded }) => topologyFinding(hello, embedded),
};

const writeConcern: Check<MongodbSubject> = {
  name: 'write-concern',
  run({ client }) {
    const { w, journal } = client.options.writeConcern ?? {};
    const ours = 'each event waits for a majority and its journal';
    const weak = w === 0 ? 'w=0' : journal === false ? 'journal=false' : undefined;
    return weak
      ? warn(
          `${weak} in MONGODB_URL; ${ours} all the same, others' writes do not`,
          advise(`take ${weak} out of MONGODB_URL`),
        )
      : ok(ours);
  },
};

const clock: Check<MongodbSubject> = {
  name: 'mongodb-clock',
  run: ({ clock }) => clockFinding(clock),
};

export const MONGODB_CHECKS = [topology, writeConcern, clock];
