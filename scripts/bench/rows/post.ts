import { count } from '../../../src/output/text.js';
import { createPost } from '../../../src/social/posts.js';
import type { Sql } from '../../../src/stores/postgres.js';
import { type Row, share } from '../row.js';
import { withStores } from '../stores.js';
import { callMs, sideBySide } from '../turns.js';
import { writesDatabase } from '../writes.js';

const FEW = 10;
/** What two measurements of the same may differ by on a busy machine. */
const NOISE = 1.15;

export const post: Row = {
  key: 'post',
  title: 'A post, however many follow',
  columns: ['many followers', `${FEW} followers`],
  method: `\`createPost\` with its event and the new version in Redis, by an author whom everybody follows
against one whom ${FEW} follow.`,
  async measure(bench) {
    const url = await writesDatabase(bench);
    const { users, rounds, turnMs } = bench.scale;
    return withStores(bench, url, async (stores) => {
      const content = 'The same words, each time.';
      const postBy = (author: string) => () =>
        callMs(() => createPost(stores, { author, content }), turnMs);
      await makeAuthor(stores.postgres(), 'celebrity', users);
      await makeAuthor(stores.postgres(), 'beginner', FEW);
      bench.log('posts by a celebrity and a beginner');
      const pair = await sideBySide(postBy('celebrity'), postBy('beginner'), rounds);
      return [share(`${count(users)} followers against ${FEW}`, 'ms', pair, { atMost: NOISE })];
    });
  },
};

async function makeAuthor(sql: Sql, username: string, followers: number): Promise<void> {
  const [author] = await sql<{ id: string }[]>`
    INSERT INTO users (username, followers_count) VALUES (${username}, ${followers}) RETURNING id`;
  await sql`
    WITH edge AS (
      INSERT INTO followers (follower_id, followed_id)
      SELECT id, ${author?.id ?? ''}::uuid FROM users WHERE id <> ${author?.id ?? ''} LIMIT ${followers}
      RETURNING follower_id
    )
    UPDATE users SET following_count = following_count + 1 FROM edge WHERE id = follower_id`;
  await sql`VACUUM ANALYZE users, followers`;
}
