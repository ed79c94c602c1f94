import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import stringWidth from 'fast-string-width';
import { type ActivityStats, activityStats } from '../../src/activity/stats.js';
import { importStackExchange } from '../../src/dataset/stackexchange/import.js';
import { FIXTURES } from '../dataset/folders.js';
import { SHARED, withoutSharedData } from '../dataset/shared-data.js';
import { socialdb } from '../support/socialdb.js';
import { describeOnEachStore, eventOf } from './activity-stores.js';

const DAY_MS = 86_400_000;
const FIRST = Date.parse('2026-01-01T12:00:00Z');

/** Two to four posts a day for 40 days, none on the tenth, 60 on the twentieth. */
function forty() {
  let n = 0;
  return Array.from({ length: 40 }, (_, day) => {
    const posts = day === 9 ? 0 : day === 19 ? 60 : 2 + (day % 3);
    return Array.from({ length: posts }, () =>
      eventOf(++n, {
        type: n % 4 === 0 ? 'commented' : 'posted',
        at: new Date(FIRST + day * DAY_MS).toISOString().replace('Z', '000Z'),
      }),
    );
  }).flat();
}

describeOnEachStore('activity stats', (activity) => {
  const events = forty();
  const run = (...args: string[]) =>
    socialdb(['activity', 'stats', ...args], {
      env: { DATABASE_URL: activity.database.url, MONGODB_URL: activity.mongodbUrl },
    });

  it('says what to do where there is nothing to count', async () => {
    const { stdout, exitCode } = await run();
    assert.match(stdout, /No activity to count/);
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse((await run('--json')).stdout).buckets, []);
  });

  it('counts by type and day, without a gap', async () => {
    await activity.store.insert(events);
    const stats = JSON.parse((await run('--by', 'day', '--json')).stdout);
    assert.equal(stats.store, activity.store.name);
    assert.equal(stats.buckets.length, 40);
    assert.deepEqual(stats.buckets[9], {
      at: '2026-01-10T00:00:00.000000Z',
      total: 0,
      counts: {},
    });
    const { at, counts } = stats.buckets[19];
    assert.equal(at, '2026-01-20T00:00:00.000000Z');
    assert.deepEqual(counts, { commented: 15, posted: 45 });
    assert.equal(stats.total, events.length);
    assert.equal(
      stats.buckets.reduce((sum: number, { total }: { total: number }) => sum + total, 0),
      events.length,
    );
  });

  it('marks the peak', async () => {
    const { peaks, topActors } = await activityStats(activity.store, 'day', {});
    assert.deepEqual(peaks, [
      { at: '2026-01-20T00:00:00.000000Z', count: 60, expected: 3, score: 38.45 },
    ]);
    assert.deepEqual(topActors, [{ ...eventOf(1).actor, count: events.length }]);
  });

  it('chooses the bucket that suits the stretch', async () => {
    assert.equal((await activityStats(activity.store, undefined, {})).by, 'day');
    const since = '2026-02-04T00:00:00.000000Z';
    assert.equal((await activityStats(activity.store, undefined, { since })).by, 'hour');
    const last = '2026-02-09T00:00:00.000000Z';
    assert.equal((await activityStats(activity.store, undefined, { since: last })).by, 'minute');
  });

  it('counts one type, and from a time on', async () => {
    const since = '2026-01-20T00:00:00.000000Z';
    const { total } = await activityStats(activity.store, 'day', { types: ['commented'], since });
    const expected = events.filter(({ type, at }) => type === 'commented' && at >= since);
    assert.equal(total, expected.length);
  });

  it('refuses a bucket that is too fine for the stretch', async () => {
    await activity.store.insert([eventOf(9_000, { at: '2020-01-01T00:00:00.000000Z' })]);
    const { stderr, exitCode } = await run('--by', 'minute');
    assert.equal(exitCode, 2);
    assert.match(stderr, /--since/);
    assert.equal((await run('--by', 'minute', '--since', '2026-02-09')).exitCode, 0);
  });

  it('fits 80 columns, and shows a peak that shares its bar', async () => {
    const { stdout } = await run();
    assert.match(stdout, /▲/);
    assert.match(stdout, /each bar is the highest of \d+ days/);
    assert.match(stdout, /^2026-01-20 +60 /m);
    for (const line of stdout.split('\n')) assert.ok(stringWidth(line) <= 80, line);
  });

  it('gives a line for each bucket with --csv', async () => {
    const { stdout } = await run('--csv', '--by', 'day', '--since', '2026-01-01');
    const [header, first, ...rest] = stdout.trim().split('\n');
    assert.equal(
      header,
      'at,total,joined,followed,unfollowed,posted,commented,liked,unliked,deleted',
    );
    assert.equal(first, '2026-01-01T00:00:00.000000Z,2,0,0,0,2,0,0,0,0');
    assert.equal(rest.length, 39);
  });
});

for (const { title, folder, skip } of [
  { title: 'a small dump', folder: join(FIXTURES, 'stackexchange'), skip: false },
  { title: 'a real community', folder: SHARED.stackExchange, skip: withoutSharedData },
]) {
  describeOnEachStore(`activity stats of ${title}`, (activity) => {
    it('count what the tables hold, in all and by day', { skip }, async (test) => {
      const { sql } = activity.database;
      const env = { DATABASE_URL: activity.database.url, MONGODB_URL: activity.mongodbUrl };
      await importStackExchange(sql, { folder });
      const relayed = await socialdb(['activity', 'relay', '--json'], { env });
      assert.deepEqual(JSON.parse(relayed.stdout).backfill, []);
      const { stdout } = await socialdb(['activity', 'stats', '--by', 'day', '--json'], { env });
      const stats: ActivityStats = JSON.parse(stdout);
      const [tables] = await sql<Record<string, number>[]>`
        SELECT (SELECT count(*) FROM users) AS joined, (SELECT count(*) FROM posts) AS posted,
               (SELECT count(*) FROM followers) AS followed, (SELECT count(*) FROM likes) AS liked,
               (SELECT count(*) FROM comments) AS commented`;
      const some = Object.entries({ ...tables }).filter(([, rows]) => rows > 0);
      assert.deepEqual(stats.counts, Object.fromEntries(some));
      const days = await sql<{ at: string; total: number }[]>`
        SELECT date_trunc('day', created_at, 'UTC') AS at, count(*) AS total
          FROM (SELECT created_at FROM users UNION ALL SELECT created_at FROM posts
                UNION ALL SELECT created_at FROM followers UNION ALL SELECT created_at FROM likes
                UNION ALL SELECT created_at FROM comments) AS rows
         GROUP BY 1 ORDER BY 1`;
      assert.deepEqual(
        stats.buckets.filter(({ total }) => total > 0).map(({ at, total }) => ({ at, total })),
        [...days],
      );
      const [highest] = [...days].sort((a, b) => b.total - a.total);
      if (days.length > 100) assert.ok(stats.peaks.some(({ at }) => at === highest?.at));
      test.diagnostic(`${stats.total} events on ${days.length} days, ${stats.peaks.length} peaks`);
    });
  });
}
