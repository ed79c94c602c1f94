import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { MongoClient } from 'mongodb';
import { EXERCISES } from '../../src/lab/catalog.js';
import { servers, useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';
import { tracesIn } from './traces.js';

/** What the servers answer to each question: the place of the choice, or the number. */
const RIGHT: Record<string, number[]> = {
  follow: [2, 1, 1],
  'lost-update': [11, 1, 2, 1, 0],
  'index-scan': [2, 20, 1],
  cursor: [2, 0, 2, 1],
  jsonb: [1, 30, 1, 0],
  cache: [1, 0, 1, 0],
  outbox: [1, 2, 1, 1],
  plan: [2, 0, 1],
};

describe('the exercises of the lab, without questions', () => {
  const database = useDatabase();
  const redis = useRedis();
  before(async () => {
    await addNetwork(database.sql, { users: 20, follows: 50, posts: 100, seed: 0.3 });
    await redis.client.set('socialdb:somebody:else', 'stays');
  });

  const { mongodbUrl } = servers;
  const env = () => ({
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    MONGODB_URL: mongodbUrl ? labDatabase(mongodbUrl) : '',
  });
  const traces = () => tracesIn(database.sql, redis.client, () => collectionsOf(mongodbUrl));

  it('are those that this test knows', () => {
    assert.deepEqual(
      EXERCISES.map(({ name }) => name),
      Object.keys(RIGHT),
    );
  });

  for (const { name, uses } of EXERCISES) {
    it(`${name}: the servers answer as the teacher's guide says, and nothing is left`, async () => {
      const before = await traces();
      const ran = await socialdb(['lab', name, '--yes', '--json'], { env: env() });
      assert.equal(ran.exitCode, 0, ran.stderr);
      const { steps, answered } = JSON.parse(ran.stdout);
      assert.deepEqual(
        steps.map(({ right }: { right: number }) => right),
        RIGHT[name],
      );
      assert.equal(answered, 0);
      for (const { scenes, conclusion } of steps) {
        assert.ok(scenes.length > 0, 'every step shows what happened');
        assert.ok(conclusion.length > 0);
      }
      assert.deepEqual(await traces(), before);
    });

    it(`${name}: fits 80 columns, and says what is absent`, async () => {
      const bare = { DATABASE_URL: database.url };
      const { stdout, exitCode } = await socialdb(['lab', name, '--yes'], { env: bare });
      assert.equal(exitCode, 0);
      for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
      assert.equal(/There is no (Redis|MongoDB), so a table/.test(stdout), uses !== undefined);
      assert.doesNotMatch(stdout, /undefined|NaN|\[object/);
    });
  }

  it('give the same answers on the tables that stand in for Redis and MongoDB', async () => {
    for (const name of ['cache', 'outbox']) {
      const bare = { DATABASE_URL: database.url };
      const { stdout } = await socialdb(['lab', name, '--yes', '--json'], { env: bare });
      const { steps } = JSON.parse(stdout);
      const right = steps.map((step: { right: number }) => step.right);
      assert.deepEqual(right, RIGHT[name]);
    }
  });

  it('go on without a Redis and a MongoDB that do not answer', async () => {
    const dead = {
      ...{ DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1' },
      MONGODB_URL: 'mongodb://127.0.0.1:1',
    };
    for (const name of ['cache', 'outbox']) {
      const { exitCode, stdout, stderr } = await socialdb(['lab', name, '--yes'], { env: dead });
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /warning: (Redis|MongoDB)/);
      assert.match(stdout, /so a table/);
    }
  });

  it('run two at a time, and leave each other alone', async () => {
    const before = await traces();
    const ran = await Promise.all(
      ['cache', 'cache', 'outbox'].map((name) =>
        socialdb(['lab', name, '--yes', '--json'], { env: env() }),
      ),
    );
    for (const { exitCode, stderr } of ran) assert.equal(exitCode, 0, stderr);
    assert.deepEqual(await traces(), before);
  });

  it('are listed, for people and for programs', async () => {
    const text = await socialdb(['lab'], { env: env() });
    for (const { name, title } of EXERCISES) assert.ok(text.stdout.includes(`${name} `), title);
    const { stdout } = await socialdb(['lab', '--list', '--json'], { env: {} });
    const { exercises } = JSON.parse(stdout);
    assert.deepEqual(
      exercises.map(({ name, questions }: { name: string; questions: number }) => [
        name,
        questions,
      ]),
      Object.entries(RIGHT).map(([name, right]) => [name, right.length]),
    );
  });

  it('ask nobody where nobody is, and know their names', async () => {
    for (const [args, exitCode, said] of [
      [['follow'], 2, /add --yes/],
      [['follow', '--json'], 2, /add --yes/],
      [['folow', '--yes'], 1, /did you mean follow/],
      [['9', '--yes'], 1, /see: socialdb lab/],
      [['1', '--yes', '--quiet'], 0, /^$/],
    ] as const) {
      const ran = await socialdb(['lab', ...args], { env: env() });
      assert.equal(ran.exitCode, exitCode, args.join(' '));
      assert.match(ran.stderr, said);
    }
    const without = await socialdb(['lab', 'follow', '--yes'], { env: { DATABASE_URL: '' } });
    assert.equal(without.exitCode, 1);
    assert.match(without.stderr, /stack up/);
  });
});

function labDatabase(url: string): string {
  return new URL(`socialdb_lab_${process.pid}`, url).href;
}

async function collectionsOf(url: string | undefined): Promise<string[]> {
  if (!url) return [];
  const client = await new MongoClient(labDatabase(url)).connect();
  try {
    const found = await client.db().listCollections({}, { nameOnly: true }).toArray();
    return found.map(({ name }) => name);
  } finally {
    await client.close();
  }
}
