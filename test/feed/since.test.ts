import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { readFeed } from '../../src/feed/page.js';
import { readSince } from '../../src/feed/since.js';
import { follow } from '../../src/social/follow.js';
import { createPost } from '../../src/social/posts.js';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';
import { openStores, type TestStores } from '../support/stores.js';

describe('what is newer than a page', () => {
  const database = useDatabase();
  let stores: TestStores;
  const post = (content: string) => createPost(stores, { author: 'bob', content });
  const page = (limit = 20) => readFeed(stores, 'alice', { limit, strategy: 'auto', cache: false });
  const newer = async (since: string, limit = 20) => {
    const read = await readSince(database.sql, 'alice', since, limit);
    return { ...read, texts: read.posts.map(({ content }) => content) };
  };

  before(() => {
    stores = openStores({ databaseUrl: database.url });
  });
  after(() => stores.close());
  beforeEach(async () => {
    await database.sql`TRUNCATE users, posts, post_counters, comments, followers, likes, outbox`;
    await addPeople(database.sql, 'alice', 'bob', 'carol');
    await follow(stores, 'alice', 'bob');
  });

  it('is nothing at first, then each new post once', async () => {
    await post('one');
    const first = await newer((await page()).since);
    assert.deepEqual(first.texts, []);
    await post('two');
    await createPost(stores, { author: 'carol', content: 'not followed' });
    await post('three');
    const second = await newer(first.since);
    assert.deepEqual(second.texts, ['three', 'two']);
    assert.equal(second.more, false);
    assert.deepEqual((await newer(second.since)).texts, []);
  });

  it('begins with an empty feed', async () => {
    const { since } = await page();
    await post('first of all');
    assert.deepEqual((await newer(since)).texts, ['first of all']);
  });

  it('closes a gap from its old end, without skipping', async () => {
    let { since } = await page();
    for (let at = 1; at <= 7; at++) await post(String(at));
    const texts: string[][] = [];
    let more = true;
    while (more) {
      const read = await newer(since, 3);
      texts.push(read.texts);
      ({ since, more } = read);
    }
    assert.deepEqual(texts.slice(0, 3), [['3', '2', '1'], ['6', '5', '4'], ['7']]);
  });

  it('holds a post of a transaction that began before, and ended after, what was shown', async () => {
    const { since } = await page();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let inserted = () => {};
    const slow = new Promise<void>((resolve) => {
      inserted = resolve;
    });
    const transaction = database.sql.begin(async (sql) => {
      await sql`
        INSERT INTO posts (user_id, content)
        SELECT id, 'slow' FROM users WHERE username = 'bob'`;
      inserted();
      await held;
    });
    await slow;
    await post('quick');
    const first = await newer(since);
    assert.deepEqual(first.texts, ['quick']);
    release();
    await transaction;
    const second = await newer(first.since);
    assert.deepEqual(second.texts, ['slow']);
    assert.deepEqual((await newer(second.since)).texts, []);
  });

  it('keeps its cursor short: what is a minute old is not remembered one by one', async () => {
    await database.sql`
      INSERT INTO posts (user_id, content, created_at)
      SELECT id, 'old ' || n, now() - n * interval '2 minutes'
        FROM users, generate_series(1, 300) n WHERE username = 'bob'`;
    const { since } = await page(300);
    const read = await newer(since);
    assert.deepEqual(read.texts, []);
    assert.ok(read.since.length < 120, `${read.since.length} characters`);
    await post('new');
    assert.deepEqual((await newer(read.since)).texts, ['new']);
  });

  it('refuses the cursor of another user, or of another kind', async () => {
    const { since, next } = { ...(await page()), next: null };
    await assert.rejects(readSince(database.sql, 'bob', since, 5), { code: 'bad-cursor' });
    await assert.rejects(readSince(database.sql, 'alice', String(next), 5), {
      code: 'bad-cursor',
    });
  });
});
