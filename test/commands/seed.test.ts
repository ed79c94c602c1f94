import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowCounts } from '../dataset/tables.js';
import { useDatabase } from '../support/database.js';
import { driftedCounters } from '../support/people.js';
import { socialdb } from '../support/socialdb.js';

describe('socialdb seed', () => {
  const database = useDatabase();
  const env = { DATABASE_URL: database.url };
  const sizes = [
    '--users',
    '50',
    '--posts',
    '200',
    '--follows',
    '300',
    '--comments',
    '70',
    '--likes',
    '90',
  ];

  it('makes what it is told, up to now, and tells it as JSON', async () => {
    const started = new Date().toISOString();
    const { stdout, exitCode } = await socialdb(
      ['seed', ...sizes, '--seed', 'x', '--until', 'now', '--json'],
      { env },
    );
    assert.equal(exitCode, 0);
    const { durationMs, rowsPerSecond, ...result } = JSON.parse(stdout);
    assert.deepEqual(result, {
      users: 50,
      posts: 200,
      follows: 300,
      comments: 70,
      likes: 90,
      seed: 'x',
    });
    assert.ok(durationMs > 0 && rowsPerSecond > 0);
    assert.deepEqual(await rowCounts(database.sql), {
      users: 50,
      posts: 200,
      comments: 70,
      followers: 300,
      likes: 90,
    });
    const [activity] = await database.sql<{ events: number }[]>`
      SELECT count(*) AS events FROM activity`;
    assert.equal(activity?.events, 50 + 200 + 300 + 70 + 90, 'one event for each row');
    const [latest] = await database.sql<{ at: string }[]>`SELECT max(created_at) AS at FROM posts`;
    const age = Date.parse(started) - Date.parse(latest?.at ?? '');
    assert.ok(age > -60_000 && age < 7 * 86_400_000, latest?.at);
  });

  it('refuses a database that is not empty, until it is told to append', async () => {
    const refused = await socialdb(['seed', ...sizes], { env });
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /--append/);
    const appended = await socialdb(['seed', ...sizes, '--append'], { env });
    assert.equal(appended.exitCode, 0, appended.stderr);
    assert.equal((await rowCounts(database.sql)).users, 100);
    assert.deepEqual(await driftedCounters(database.sql), []);
  });

  it('refuses numbers and times that are none', async () => {
    for (const args of [
      ['--users', '-1'],
      ['--posts', 'NaN'],
      ['--follows', '1e9'],
      ['--until', 'tomorrow'],
      ['--until', '2026-02-30'],
      ['--users', '2', '--follows', '3'],
    ]) {
      const { exitCode, stdout } = await socialdb(['seed', ...args], { env });
      assert.deepEqual([exitCode, stdout], [2, ''], args.join(' '));
    }
  });
});
