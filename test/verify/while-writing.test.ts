import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { postgresStore } from '../../src/activity/postgres-store.js';
import { relayOnce } from '../../src/activity/relay.js';
import { readFeed } from '../../src/feed/page.js';
import { addUser } from '../../src/social/accounts.js';
import { createComment } from '../../src/social/comments.js';
import { follow, unfollow } from '../../src/social/follow.js';
import { like, unlike } from '../../src/social/likes.js';
import { createPost, deletePost } from '../../src/social/posts.js';
import { verify } from '../../src/verify/verify.js';
import { useDatabase } from '../support/database.js';
import { randomOf } from '../support/interleaving.js';
import { driftedCounters } from '../support/people.js';
import { useRedis } from '../support/redis.js';
import { openStores, type TestStores } from '../support/stores.js';
import { DAMAGES } from './drifts.js';

/** SOCIALDB_RUNS=20000 is the long form: npm run test:verify */
const WRITES = Number(process.env.SOCIALDB_RUNS ?? 2_400);
const WRITERS = 12;
const NAMES = Array.from({ length: 20 }, (_, at) => `user${at}`);
/** A few rows a batch, so that there are many. */
const BATCH = 15;
/** A counter that is too low lets a writer's update fail, where it would go below 0. */
const HARMLESS = DAMAGES.filter(({ what }) => !what.includes('too low'));

describe('verify, while others write', () => {
  const database = useDatabase();
  const redis = useRedis();
  let crowd: TestStores[] = [];
  let posts: string[] = [];
  before(async () => {
    const urls = { databaseUrl: database.url, redisUrl: redis.url };
    crowd = Array.from({ length: 4 }, () => openStores(urls));
    for (const name of NAMES) await addUser(database.sql, name, `${name}@example.org`);
    await write(300, 1);
  });
  after(() => Promise.all(crowd.map((stores) => stores.close())));

  const first = () => crowd[0] ?? assert.fail('the stores are open once the tests run');

  /** Everything that moves a counter, by many at once; the same for the same seed. */
  async function write(writes: number, seed: number): Promise<string[]> {
    const failures: string[] = [];
    const writer = async (at: number) => {
      const random = randomOf(seed * 1_000 + at);
      const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
      const stores = pick(crowd);
      const sql = stores.postgres();
      for (let done = 0; done < writes / WRITERS; done++) {
        const [one, other] = [pick(NAMES), pick(NAMES)];
        const post = posts.length > 0 ? pick(posts) : undefined;
        const dice = random();
        const work = async () => {
          if (dice < 0.2 || !post)
            posts.push((await createPost(stores, { author: one, content: 'x' })).id);
          else if (dice < 0.5 && one !== other)
            await (random() < 0.6 ? follow : unfollow)(stores, one, other);
          else if (dice < 0.7) await (random() < 0.6 ? like : unlike)(sql, one, post);
          else if (dice < 0.85) await createComment(sql, one, post, 'y');
          else if (dice < 0.95)
            await readFeed(stores, one, { limit: 20, strategy: 'auto', cache: true });
          else {
            posts = posts.filter((id) => id !== post);
            await deletePost(stores, post);
          }
        };
        await work().catch((error) => {
          // Another writer deleted the post just now.
          if (error.code !== 'post-not-found') failures.push(String(error));
        });
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, at) => writer(at)));
    return failures;
  }

  /** Says again and again `work`, for as long as the writers write. */
  async function meanwhile(seed: number, work: () => Promise<void>): Promise<number> {
    let writing = true;
    const written = write(WRITES, seed).finally(() => {
      writing = false;
    });
    let rounds = 0;
    while (writing) {
      await work();
      rounds++;
    }
    assert.deepEqual(await written, []);
    return rounds;
  }

  const relay = () => relayOnce(database.sql, postgresStore(database.sql), { batchSize: 50 });

  it('takes nothing that is on its way for wrong', async (test) => {
    let checked = 0;
    const rounds = await meanwhile(2, async () => {
      const { checks } = await verify(first(), { repair: false, batchSize: BATCH });
      assert.deepEqual(
        checks.filter(({ wrong }) => wrong > 0),
        [],
      );
      checked += checks.reduce((sum, check) => sum + check.checked, 0);
      await relay();
    });
    test.diagnostic(`${WRITES} writes, ${rounds} verifications, ${checked} rows checked, 0 wrong`);
  });

  it('mends what is damaged meanwhile, and damages nothing', async (test) => {
    let damaged = 0;
    let repaired = 0;
    const mend = async () => {
      const { checks } = await verify(first(), { repair: true, batchSize: BATCH });
      repaired += checks.reduce((sum, check) => sum + check.repaired, 0);
    };
    const rounds = await meanwhile(3, async () => {
      for (const { break: damage } of HARMLESS) await damage(database.sql);
      damaged += HARMLESS.length;
      await mend();
      await relay();
    });
    await mend();
    const { checks } = await verify(first(), { repair: false });
    assert.deepEqual(
      checks.filter(({ wrong }) => wrong > 0),
      [],
    );
    assert.deepEqual(await driftedCounters(database.sql), []);
    assert.ok(repaired >= damaged);
    test.diagnostic(
      `${WRITES} writes, ${damaged} damages, ${rounds} repairs, ${repaired} rows mended`,
    );
  });
});
