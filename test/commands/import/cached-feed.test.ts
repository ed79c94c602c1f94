import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { useFolder } from '../../dataset/folders.js';
import { useDatabase } from '../../support/database.js';
import { addPeople } from '../../support/people.js';
import { useRedis } from '../../support/redis.js';
import { socialdb } from '../../support/socialdb.js';

describe('a feed that was cached before a bulk load', () => {
  const database = useDatabase();
  const redis = useRedis();
  const folder = join(useFolder(), 'export');

  it('shows what the load has brought', async () => {
    const { sql } = database;
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url };
    const run = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await socialdb([...args, '--json'], { env });
      assert.equal(exitCode, 0, stderr);
      return JSON.parse(stdout);
    };
    const { ann } = await addPeople(sql, 'ann', 'bob');
    await run('follow', 'bob', 'ann');
    await run('post', 'ann', 'first');
    await run('post', 'ann', 'second');
    await run('export', 'jsonl', folder);
    await sql`DELETE FROM posts WHERE user_id = ${ann} AND content = 'second'`;

    const contents = ({ posts }: { posts: { content: string }[] }) =>
      posts.map(({ content }) => content);
    await run('feed', 'bob');
    const cached = await run('feed', 'bob');
    assert.deepEqual([cached.source, contents(cached)], ['cache', ['first']]);
    assert.equal((await run('import', 'jsonl', folder)).posts, 1);
    assert.deepEqual(contents(await run('feed', 'bob')), ['second', 'first']);
  });
});
