import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { listFollowers, listFollowing, listUsers } from '../../src/social/lists.js';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';

describe('lists in pages', () => {
  const database = useDatabase();
  const names = Array.from({ length: 25 }, (_, at) => `User${String(at).padStart(2, '0')}`);
  before(async () => {
    await addPeople(database.sql, ...names, 'star');
    // Half of all edges share a timestamp, so that the tie-break is needed.
    await database.sql`
      INSERT INTO followers (follower_id, followed_id, created_at)
      SELECT u.id, star.id, '2026-01-01T00:00:00Z'::timestamptz + (row_number() OVER () / 2) * interval '1 us'
        FROM users u, users star
       WHERE star.username = 'star' AND u.username <> 'star'`;
    await database.sql`
      INSERT INTO followers (follower_id, followed_id, created_at)
      SELECT followed_id, follower_id, created_at FROM followers`;
  });

  for (const [what, list] of [
    ['followers', listFollowers],
    ['following', listFollowing],
  ] as const) {
    it(`show every one of ${what} once, the latest first`, async () => {
      const seen: { username: string; since: string }[] = [];
      let after: string | undefined;
      do {
        const page = await list(database.sql, 'star', { limit: 7, after });
        seen.push(...page.users);
        after = page.next ?? undefined;
      } while (after);
      assert.deepEqual(seen.map(({ username }) => username).sort(), names);
      const times = seen.map(({ since }) => since);
      assert.deepEqual(times, [...times].sort().reverse());
    });
  }

  it('show every user once, by name', async () => {
    const first = await listUsers(database.sql, { limit: 20 });
    const second = await listUsers(database.sql, { limit: 20, after: first.next ?? '' });
    assert.equal(second.next, null);
    assert.deepEqual(
      [...first.users, ...second.users].map(({ username }) => username),
      ['star', ...names],
    );
  });

  it('refuse a cursor that was altered or belongs to another list', async () => {
    const { next } = await listFollowers(database.sql, 'star', { limit: 2 });
    assert.ok(next);
    const altered = `${next.slice(0, 20)}${next[20] === 'A' ? 'B' : 'A'}${next.slice(21)}`;
    for (const after of [altered, `${next}=`, '', 'x']) {
      await assert.rejects(listFollowers(database.sql, 'star', { limit: 2, after }), {
        code: 'bad-cursor',
        exitCode: 2,
      });
    }
    await assert.rejects(listFollowing(database.sql, 'star', { limit: 2, after: next }), {
      code: 'bad-cursor',
    });
  });
});
