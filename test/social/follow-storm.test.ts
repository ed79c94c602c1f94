import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { follow, unfollow } from '../../src/social/follow.js';
import { like } from '../../src/social/likes.js';
import type { WriteStores } from '../../src/social/write.js';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import { verify } from '../../src/verify/verify.js';
import { useDatabase } from '../support/database.js';
import { randomOf } from '../support/interleaving.js';
import { addPeople, driftedCounters } from '../support/people.js';
import { openStores } from '../support/stores.js';

/** SOCIALDB_RUNS=100000 is the long form: npm run test:follow-storm */
const OPERATIONS = Number(process.env.SOCIALDB_RUNS ?? 6_400);
const SEED = Number(process.env.SOCIALDB_SEED ?? 1);
const CLIENTS = 64;
const NAMES = Array.from({ length: 50 }, (_, at) => `user${at}`);

/** A share of likes, which hold the rows of users by their foreign keys. */
const LIKES = 0.2;

describe(`${OPERATIONS} mixed follows and unfollows by ${CLIENTS} clients on ${NAMES.length} users`, () => {
  const database = useDatabase();
  let pool: Sql | undefined;
  let posts: string[] = [];
  before(async () => {
    await addPeople(database.sql, ...NAMES);
    const rows = await database.sql<{ id: string }[]>`
      INSERT INTO posts (user_id, content) SELECT id, 'x' FROM users RETURNING id`;
    posts = rows.map(({ id }) => id);
    pool = openPostgres(database.url, { timeoutMs: 20_000, max: CLIENTS });
  });
  after(() => pool?.end({ timeout: 1 }));

  it('bring no deadlock and leave no counter wrong, while likes hold the same users', async (test) => {
    const sql = pool ?? assert.fail('the pool is open once the tests run');
    const stores: WriteStores = {
      postgres: () => sql,
      redis: () => Promise.resolve(undefined),
      warn: (message) => assert.fail(message),
    };
    const failures = new Map<string, number>();
    let changed = 0;
    const client = async (at: number) => {
      const random = randomOf(SEED * 1_000 + at);
      const pick = () => NAMES[Math.floor(random() * NAMES.length)] ?? '';
      for (let done = 0; done < OPERATIONS / CLIENTS; done++) {
        const [one, other] = [pick(), pick()];
        if (one === other) continue;
        try {
          if (random() < LIKES) await like(sql, one, posts[done % posts.length] ?? '');
          const result = await (random() < 0.5 ? follow : unfollow)(stores, one, other);
          if (result.changed) changed++;
        } catch (error) {
          const name =
            error instanceof Error && 'code' in error ? String(error.code) : String(error);
          failures.set(name, (failures.get(name) ?? 0) + 1);
        }
      }
    };
    const started = performance.now();
    await Promise.all(Array.from({ length: CLIENTS }, (_, at) => client(at)));
    const seconds = (performance.now() - started) / 1_000;
    test.diagnostic(
      `${changed} edges changed, ${Math.round(OPERATIONS / seconds)} operations a second`,
    );
    // On a machine that is busy with other things, somebody may wait for a lock for longer than allowed.
    const late = failures.get('55P03') ?? 0;
    failures.delete('55P03');
    test.diagnostic(`${late} gave up waiting for a lock`);
    assert.deepEqual(Object.fromEntries(failures), {});
    assert.ok(changed > OPERATIONS / 4);
    assert.deepEqual(await driftedCounters(database.sql), []);
    const [rows] = await database.sql<{ edges: number; balance: number }[]>`
      SELECT (SELECT count(*) FROM followers) AS edges,
             count(*) FILTER (WHERE event ->> 'type' = 'followed')
               - count(*) FILTER (WHERE event ->> 'type' = 'unfollowed') AS balance
        FROM outbox`;
    assert.equal(rows?.balance, rows?.edges);
    const verified = openStores({ databaseUrl: database.url });
    const { checks } = await verify(verified, {
      repair: false,
      only: ['orphans', 'follow-counters'],
    });
    await verified.close();
    assert.deepEqual(
      checks.map(({ wrong }) => wrong),
      [0, 0],
    );
  });
});
