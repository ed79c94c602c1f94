import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readFeed } from '../../src/feed/page.js';
import { STRATEGIES } from '../../src/feed/statement.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';
import { openStores, type TestStores } from '../support/stores.js';

const READERS = 1_000;
const PAGES = 5;
const LIMIT = 20;

describe('every strategy', () => {
  const database = useDatabase();
  let stores: TestStores;
  before(async () => {
    await addNetwork(database.sql, { users: 2_400, follows: 60_000, posts: 12_000, seed: 0.42 });
    // One who follows everybody, for whom the probe begins with a glance.
    await database.sql`
      INSERT INTO followers (follower_id, followed_id)
      SELECT reader.id, author.id FROM users reader, users author
       WHERE reader.username = 'user0' AND author.id <> reader.id
      ON CONFLICT DO NOTHING`;
    await database.sql`
      UPDATE users SET following_count = (SELECT count(*) FROM followers WHERE follower_id = users.id)
       WHERE username = 'user0'`;
    stores = openStores({ databaseUrl: database.url });
  });
  after(() => stores.close());

  it(`gives the same five pages as a plain query, for ${READERS} readers`, async () => {
    const readers = await database.sql<{ username: string; expected: string[] }[]>`
      SELECT username,
             ARRAY(SELECT p.id::text
                     FROM posts p
                    WHERE p.user_id IN (SELECT followed_id FROM followers WHERE follower_id = u.id)
                    ORDER BY p.created_at DESC, p.id DESC
                    LIMIT ${LIMIT * PAGES})::text AS expected
        FROM users u
       ORDER BY username <> 'user0', md5(username)
       LIMIT ${READERS}`;
    for (const { username, expected } of readers) {
      await Promise.all(
        STRATEGIES.map(async (strategy) => {
          const ids = await pages(username, strategy);
          assert.equal(`{${ids.join(',')}}`, String(expected), `${username}, ${strategy}`);
        }),
      );
    }
  });

  it('goes on with the ranks from page to page', async () => {
    const first = await readFeed(stores, 'user0', options('auto'));
    const second = await readFeed(stores, 'user0', options('auto', first.next ?? ''));
    assert.deepEqual(
      [...first.posts, ...second.posts].map(({ rank }) => rank),
      Array.from({ length: 2 * LIMIT }, (_, at) => at + 1),
    );
  });

  it('refuses the cursor of another reader', async () => {
    const { next } = await readFeed(stores, 'user0', options('auto'));
    await assert.rejects(readFeed(stores, 'user1', options('auto', next ?? '')), {
      code: 'bad-cursor',
      exitCode: 2,
    });
  });

  it('is one of those that there are', async () => {
    await assert.rejects(readFeed(stores, 'user0', options('fastest')), {
      code: 'unknown-strategy',
      exitCode: 2,
    });
  });

  function options(strategy: string, after?: string) {
    return { limit: LIMIT, strategy, cache: false, after };
  }

  async function pages(username: string, strategy: string): Promise<string[]> {
    const ids: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const { posts, next } = await readFeed(stores, username, options(strategy, after));
      ids.push(...posts.map(({ id }) => id));
      if (!next) break;
      after = next;
    }
    return ids;
  }
});
