import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createComment } from '../../src/social/comments.js';
import { like, unlike } from '../../src/social/likes.js';
import { createPost, deletePost, findPost } from '../../src/social/posts.js';
import { searchPosts, tagsDocument } from '../../src/social/search.js';
import { readThread } from '../../src/social/thread.js';
import { useDatabase } from '../support/database.js';
import { addPeople, driftedCounters, outboxTypes } from '../support/people.js';
import { openStores, type TestStores } from '../support/stores.js';

describe('posts', () => {
  const database = useDatabase();
  let stores: TestStores;
  before(() => {
    stores = openStores({ databaseUrl: database.url });
  });
  after(() => stores.close());
  beforeEach(async () => {
    await database.sql`TRUNCATE users, posts, post_counters, comments, followers, likes, outbox`;
    await addPeople(database.sql, 'alice', 'bob');
  });

  it('keep their text and metadata, and put the tags in', async () => {
    const content = 'Nöt ASCII: 漢字 👩‍👩‍👧 %_$1\'"\\ \u001b[31m';
    const { id } = await createPost(stores, {
      author: 'alice',
      content,
      tags: ['coding', 'sql', 'coding'],
      metadata: '{"big": 12345678901234567890}',
    });
    const post = await findPost(database.sql, id);
    assert.equal(post.content, content);
    assert.deepEqual(JSON.parse(post.metadata.text).tags, ['coding', 'sql']);
    const [exact] = await database.sql`SELECT metadata ->> 'big' AS big FROM posts`;
    assert.equal(exact?.big, '12345678901234567890');
    assert.deepEqual(await outboxTypes(database.sql), ['posted']);
  });

  for (const [what, post] of Object.entries({
    'an empty text': { content: ' \n' },
    'a text over the limit': { content: 'x'.repeat(65_537) },
    'a NUL': { content: 'a\0b' },
    'a lone surrogate': { content: 'a\ud800b' },
    'metadata that are no JSON': { content: 'a', metadata: '{' },
    'metadata that are no object': { content: 'a', metadata: '[1]' },
    'a NUL in metadata': { content: 'a', metadata: '{"a": "\\u0000"}' },
    'an empty tag': { content: 'a', tags: [''] },
  })) {
    it(`refuse ${what}, and change nothing`, async () => {
      await assert.rejects(createPost(stores, { author: 'alice', ...post }), { exitCode: 2 });
      const [left] = await database.sql`SELECT count(*) FROM posts`;
      assert.equal(left?.count, 0);
    });
  }

  it('are liked once and unliked once', async () => {
    const { id } = await createPost(stores, { author: 'alice', content: 'hello' });
    assert.equal((await like(database.sql, 'bob', id)).changed, true);
    assert.equal((await like(database.sql, 'bob', id)).changed, false);
    assert.equal((await unlike(database.sql, 'bob', id)).changed, true);
    assert.equal((await unlike(database.sql, 'bob', id)).changed, false);
    assert.deepEqual(await outboxTypes(database.sql), ['posted', 'liked', 'unliked']);
    assert.deepEqual(await driftedCounters(database.sql), []);
  });

  it('are deleted with their comments and likes, once', async () => {
    const { id } = await createPost(stores, { author: 'alice', content: 'hello' });
    await createComment(database.sql, 'bob', id, 'hi');
    await like(database.sql, 'bob', id);
    assert.deepEqual(await deletePost(stores, id), { id, changed: true });
    assert.deepEqual(await deletePost(stores, id), { id, changed: false });
    const [left] = await database.sql`
      SELECT (SELECT count(*) FROM comments) + (SELECT count(*) FROM likes) AS rows`;
    assert.equal(left?.rows, 0);
    await assert.rejects(like(database.sql, 'bob', id), { code: 'post-not-found' });
    await assert.rejects(createComment(database.sql, 'bob', id, 'late'), {
      code: 'post-not-found',
    });
  });

  it('show their thread, oldest comment first, and say how much there is', async () => {
    const { id } = await createPost(stores, { author: 'alice', content: 'hello' });
    for (const text of ['one', 'two', 'three']) await createComment(database.sql, 'bob', id, text);
    await like(database.sql, 'bob', id);
    assert.deepEqual(await driftedCounters(database.sql), []);
    const thread = await readThread(database.sql, id, 2);
    assert.deepEqual(
      thread.comments.map(({ content }) => content),
      ['one', 'two'],
    );
    assert.equal(thread.commentCount, 3);
    assert.deepEqual(thread.likes, ['bob']);
  });

  it('are found by tag and by containment, in pages', async () => {
    for (const [content, tags] of [
      ['1', ['coding']],
      ['2', ['coding', 'sql']],
      ['3', ['sql']],
      ['4', ['coding']],
    ] as const) {
      await createPost(stores, { author: 'alice', content, tags });
    }
    const where = tagsDocument(['coding']);
    const first = await searchPosts(database.sql, { where, limit: 2 });
    assert.deepEqual(
      first.posts.map(({ content }) => content),
      ['4', '2'],
    );
    const second = await searchPosts(database.sql, { where, limit: 2, after: first.next ?? '' });
    assert.deepEqual(
      second.posts.map(({ content }) => content),
      ['1'],
    );
    assert.equal(second.next, null);
    const both = await searchPosts(database.sql, {
      where: '{"tags": ["sql", "coding"]}',
      limit: 9,
    });
    assert.equal(both.posts.length, 1);
    await assert.rejects(
      searchPosts(database.sql, { where: '{}', limit: 2, after: first.next ?? '' }),
      { code: 'bad-cursor' },
    );
  });
});
