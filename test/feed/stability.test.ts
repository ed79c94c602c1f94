import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readFeed } from '../../src/feed/page.js';
import { STRATEGIES } from '../../src/feed/statement.js';
import type { Sql } from '../../src/stores/postgres.js';
import { useDatabase } from '../support/database.js';
import { randomOf } from '../support/interleaving.js';
import { openStores, type TestStores } from '../support/stores.js';

/** SOCIALDB_RUNS=10000 is the long form: npm run test:stability */
const RUNS = Number(process.env.SOCIALDB_RUNS ?? 1_000);
const FIRST_SEED = Number(process.env.SOCIALDB_SEED ?? 1);
const AUTHORS = 5;

describe('paging while posts arrive and are deleted', () => {
  const database = useDatabase();
  let stores: TestStores;
  before(() => {
    stores = openStores({ databaseUrl: database.url });
  });
  after(() => stores.close());

  it(`repeats nothing and skips nothing that was there all the while, in ${RUNS} runs`, async () => {
    for (let run = 0; run < RUNS; run++) await readThroughAFeed(FIRST_SEED + run);
  });

  async function readThroughAFeed(seed: number): Promise<void> {
    const random = randomOf(seed);
    const reader = `reader${seed}`;
    const { sql } = database;
    const authors = await addReader(sql, reader);
    await addPosts(sql, authors, random, 10 + Math.floor(random() * 40));
    const atStart = await idsOf(sql, authors);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const strategy = STRATEGIES[Math.floor(random() * STRATEGIES.length)] ?? 'probe';
      const limit = 1 + Math.floor(random() * 8);
      const page = await readFeed(stores, reader, { limit, strategy, cache: false, after });
      assert.deepEqual(
        page.posts.map(({ rank }) => rank),
        page.posts.map((_, at) => seen.length + at + 1),
        `ranks, seed ${seed}`,
      );
      seen.push(...page.posts.map(({ id }) => id));
      after = page.next ?? undefined;
      if (random() < 0.6) await addPosts(sql, authors, random, 1 + Math.floor(random() * 3));
      if (random() < 0.4)
        await deletePosts(
          sql,
          atStart.filter(() => random() < 0.06),
        );
    } while (after);
    const atEnd = new Set(await idsOf(sql, authors));
    assert.equal(new Set(seen).size, seen.length, `a repeated post, seed ${seed}`);
    const skipped = atStart.filter((id) => atEnd.has(id) && !seen.includes(id));
    assert.deepEqual(skipped, [], `skipped posts, seed ${seed}`);
  }
});

/** A reader who follows some authors of their own; returns the authors' ids. */
async function addReader(sql: Sql, reader: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    WITH reader AS (
      INSERT INTO users (username) VALUES (${reader}) RETURNING id
    ), author AS (
      INSERT INTO users (username)
      SELECT ${`${reader}.`} || n FROM generate_series(1, ${AUTHORS}::int) n
      RETURNING id
    )
    INSERT INTO followers (follower_id, followed_id)
    SELECT reader.id, author.id FROM reader, author
    RETURNING followed_id AS id`;
  return rows.map(({ id }) => id);
}

/** New posts; about half of them share a timestamp, as a busy moment brings it. */
async function addPosts(sql: Sql, authors: string[], random: () => number, posts: number) {
  const rows = Array.from({ length: posts }, () => ({
    author: authors[Math.floor(random() * authors.length)],
    shared: random() < 0.5,
  }));
  await sql`
    INSERT INTO posts (user_id, content, created_at)
    SELECT author, 'x', CASE WHEN shared THEN now() ELSE clock_timestamp() END
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) AS row (author uuid, shared bool)`;
}

async function deletePosts(sql: Sql, ids: string[]): Promise<void> {
  await sql`
    DELETE FROM posts
     WHERE id IN (SELECT value::uuid
                    FROM jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb))`;
}

async function idsOf(sql: Sql, authors: string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    SELECT id FROM posts
     WHERE user_id IN (SELECT value::uuid
                         FROM jsonb_array_elements_text(${JSON.stringify(authors)}::text::jsonb))
     ORDER BY id`;
  return rows.map(({ id }) => id);
}
