import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completePlan, type SeedPlan } from '../../../src/dataset/seed/plan.js';
import { seed } from '../../../src/dataset/seed/seed.js';
import { RequestError, UsageError } from '../../../src/errors.js';
import { useDatabase } from '../../support/database.js';
import { driftedCounters } from '../../support/people.js';
import { digests, empty, indexDefinitions, rowCounts } from '../tables.js';

const SMALL = completePlan({ users: 200, posts: 3_000, seed: 'lab' });

describe('seed', () => {
  const [one, other] = [useDatabase(), useDatabase()];

  it('makes as many rows as it is told, with counters, keys and indexes in place', async () => {
    const before = await indexDefinitions(one.sql);
    const { durationMs, rowsPerSecond, ...counts } = await seed(one.sql, SMALL);
    assert.ok(durationMs > 0 && rowsPerSecond > 0);
    assert.deepEqual(counts, {
      users: 200,
      posts: 3_000,
      follows: 6_000,
      comments: 1_500,
      likes: 4_500,
    });
    const { follows: followers, ...others } = counts;
    assert.deepEqual(await rowCounts(one.sql), { ...others, followers });
    assert.deepEqual(await driftedCounters(one.sql), []);
    assert.deepEqual(await indexDefinitions(one.sql), before);
  });

  it('makes the same rows again', async () => {
    await seed(other.sql, SMALL);
    assert.deepEqual(await digests(other.sql), await digests(one.sql));
  });

  it('makes other rows of another seed', async () => {
    await empty(other.sql);
    await seed(other.sql, { ...SMALL, seed: 'another' });
    const [mine, theirs] = [await digests(one.sql), await digests(other.sql)];
    for (const table of Object.keys(mine)) assert.notEqual(mine[table], theirs[table], table);
  });

  it('refuses a database that is not empty, and changes nothing', async () => {
    const before = await digests(one.sql);
    await assert.rejects(seed(one.sql, SMALL), (error) => {
      assert.ok(error instanceof RequestError);
      assert.equal(error.code, 'not-empty');
      return true;
    });
    assert.deepEqual(await digests(one.sql), before);
  });

  it('appends another network, with names and addresses that are taken changed', async () => {
    const { sql } = one;
    const { users } = await seed(sql, { ...SMALL, seed: 'more' }, { append: true });
    assert.equal(users, 200);
    const [renamed] = await sql<{ email: string | null }[]>`
      SELECT email FROM users WHERE username = 'alice-more'`;
    assert.deepEqual(renamed, { email: null });
    assert.deepEqual(await driftedCounters(sql), []);
  });

  it('appends nothing that is there already', async () => {
    const before = await digests(one.sql);
    const { durationMs, rowsPerSecond, ...counts } = await seed(one.sql, SMALL, { append: true });
    assert.ok(durationMs > 0 && rowsPerSecond === 0);
    assert.deepEqual(counts, { users: 0, posts: 0, follows: 0, comments: 0, likes: 0 });
    assert.deepEqual(await digests(one.sql), before);
  });

  it('takes any sizes, up to everybody following and liking everything', async () => {
    const sizes: Partial<SeedPlan>[] = [
      { users: 0 },
      { users: 1 },
      { users: 2, posts: 1, follows: 2, likes: 2, comments: 9 },
      { users: 12, posts: 7, follows: 12 * 11, likes: 12 * 7, comments: 100 },
      { users: 37, posts: 0, follows: 400 },
    ];
    for (const size of sizes) {
      await empty(other.sql);
      const { users, posts, comments, follows: followers, likes } = completePlan(size);
      await seed(other.sql, completePlan(size));
      assert.deepEqual(await rowCounts(other.sql), { users, posts, comments, followers, likes });
    }
  });
});

describe('a seeded network', () => {
  const database = useDatabase();

  it('has few with many followers, and few who follow many', async () => {
    await seed(database.sql, completePlan({ users: 1_000 }));
    for (const counter of ['followers_count', 'following_count']) {
      const [spread] = await database.sql.unsafe<{ median: number; max: number; top: number }[]>(`
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ${counter}) AS median,
               max(${counter}) AS max,
               sum(${counter}) FILTER (WHERE place <= 10)::float / sum(${counter}) AS top
          FROM (SELECT ${counter}, row_number() OVER (ORDER BY ${counter} DESC) AS place FROM users) u`);
      assert.ok(spread && spread.max > 20 * spread.median, JSON.stringify(spread));
      assert.ok(spread.top > 0.08, `${counter}: the first hundredth has ${spread.top} of all`);
    }
  });

  it('is talkative in bursts', async () => {
    const [hours] = await database.sql<{ usual: number; most: number }[]>`
      SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY count) AS usual, max(count) AS most
        FROM (SELECT count(*) FROM posts GROUP BY date_trunc('hour', created_at)) h`;
    assert.ok(hours && hours.most > 10 * hours.usual, JSON.stringify(hours));
  });

  it('tags its posts, "coding" the most, and some tags rarely', async () => {
    const tags = await database.sql<{ tag: string; count: number }[]>`
      SELECT tag, count(*) FROM posts, jsonb_array_elements_text(metadata -> 'tags') tag
       GROUP BY tag ORDER BY count(*) DESC`;
    assert.equal(tags[0]?.tag, 'coding');
    assert.ok((tags[0]?.count ?? 0) > 5 * (tags.at(-1)?.count ?? Number.POSITIVE_INFINITY));
  });

  it('lets nothing happen before its cause, nor after its end', async () => {
    const [wrong] = await database.sql<{ count: number }[]>`
      SELECT (SELECT count(*) FROM posts p JOIN users u ON u.id = p.user_id
               WHERE p.created_at < u.created_at)
           + (SELECT count(*) FROM followers f JOIN users u ON u.id IN (follower_id, followed_id)
               WHERE f.created_at < u.created_at)
           + (SELECT count(*) FROM comments c JOIN posts p ON p.id = post_id JOIN users u ON u.id = c.user_id
               WHERE c.created_at < greatest(p.created_at, u.created_at))
           + (SELECT count(*) FROM likes l JOIN posts p ON p.id = post_id JOIN users u ON u.id = l.user_id
               WHERE l.created_at < greatest(p.created_at, u.created_at))
           + (SELECT count(*) FROM (SELECT created_at FROM posts UNION ALL SELECT created_at FROM likes
                UNION ALL SELECT created_at FROM followers UNION ALL SELECT created_at FROM comments) a
               WHERE created_at >= '2026-11-01Z') AS count`;
    assert.equal(wrong?.count, 0);
  });
});

describe('a plan', () => {
  it('that cannot be is refused', () => {
    for (const plan of [
      { users: 10, follows: 91 },
      { users: 10, posts: 3, likes: 31 },
      { users: 0, posts: 1 },
      { users: 3, posts: 0, comments: 1 },
    ]) {
      assert.throws(() => completePlan(plan), UsageError, JSON.stringify(plan));
    }
  });

  it('leaves out what so few users cannot do', () => {
    const { follows, likes } = completePlan({ users: 3, posts: 2 });
    assert.deepEqual([follows, likes], [6, 3]);
  });
});
