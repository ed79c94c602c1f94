import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { addUser, deleteUser, deletionOf } from '../../src/social/accounts.js';
import { createComment } from '../../src/social/comments.js';
import { follow } from '../../src/social/follow.js';
import { like } from '../../src/social/likes.js';
import { createPost } from '../../src/social/posts.js';
import { useDatabase } from '../support/database.js';
import { addPeople, driftedCounters, outboxTypes } from '../support/people.js';
import { openStores, type TestStores } from '../support/stores.js';

describe('accounts', () => {
  const database = useDatabase();
  let stores: TestStores;
  before(() => {
    stores = openStores({ databaseUrl: database.url });
  });
  after(() => stores.close());
  beforeEach(async () => {
    await database.sql`TRUNCATE users, posts, post_counters, comments, followers, likes, outbox`;
  });

  it('are opened once, with an event', async () => {
    const alice = await addUser(database.sql, 'alice', 'alice@example.org');
    assert.equal(alice.changed, true);
    const again = await addUser(database.sql, 'Alice', 'ALICE@example.org');
    assert.equal(again.changed, false);
    assert.equal(again.id, alice.id);
    assert.deepEqual(await outboxTypes(database.sql), ['joined']);
  });

  it('have names and addresses that are unique without regard to case', async () => {
    await addUser(database.sql, 'alice', 'alice@example.org');
    await assert.rejects(addUser(database.sql, 'ALICE', 'other@example.org'), {
      code: 'username-taken',
    });
    await assert.rejects(addUser(database.sql, 'bob', 'Alice@Example.org'), {
      code: 'email-taken',
    });
    await assert.rejects(addUser(database.sql, 'a b', 'x@example.org'), { code: 'bad-username' });
    await assert.rejects(addUser(database.sql, 'bob', 'nowhere'), { code: 'bad-email' });
  });

  it('take everything of theirs along, and leave exact counters behind', async () => {
    const { sql } = database;
    await addPeople(sql, 'alice', 'bob', 'carol');
    for (const [a, b] of [
      ['alice', 'bob'],
      ['bob', 'alice'],
      ['carol', 'bob'],
      ['carol', 'alice'],
    ] as const) {
      await follow(stores, a, b);
    }
    const post = await createPost(stores, { author: 'bob', content: 'first' });
    const kept = await createPost(stores, { author: 'alice', content: 'second' });
    await createComment(sql, 'bob', kept.id, 'indeed');
    await createComment(sql, 'carol', post.id, 'well');
    await like(sql, 'bob', kept.id);

    const expected = { username: 'bob', posts: 1, comments: 1, likes: 1, follows: 3 };
    const { id, ...doomed } = await deletionOf(sql, 'bob');
    assert.deepEqual(doomed, expected);
    const { id: _, ...deleted } = await deleteUser(stores, 'bob');
    assert.deepEqual(deleted, expected);

    assert.deepEqual(await driftedCounters(sql), []);
    const left = await sql`
      SELECT (SELECT count(*) FROM followers) AS edges, (SELECT count(*) FROM posts) AS posts,
             (SELECT count(*) FROM comments) AS comments, (SELECT count(*) FROM likes) AS likes`;
    assert.deepEqual([...left], [{ edges: 1, posts: 1, comments: 0, likes: 0 }]);
    assert.equal((await outboxTypes(sql)).at(-1), 'deleted');
    await assert.rejects(deleteUser(stores, id), { code: 'user-not-found' });
  });

  it('cannot be dropped behind the counters’ back', async () => {
    await addPeople(database.sql, 'alice', 'bob');
    await follow(stores, 'alice', 'bob');
    await assert.rejects(
      database.sql`DELETE FROM users WHERE username = 'bob'`,
      /violates.*foreign key/,
    );
  });
});
