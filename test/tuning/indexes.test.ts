import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { InterruptedError } from '../../src/errors.js';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import { type BuildProgress, buildIndex } from '../../src/tuning/index-build.js';
import { dropIndex, planDrop } from '../../src/tuning/index-drop.js';
import { planIndex } from '../../src/tuning/index-plan.js';
import { listIndexes } from '../../src/tuning/indexes.js';
import { FEED_INDEXES, knownIndexes, SEARCH_INDEXES } from '../../src/tuning/known-indexes.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';

const NEWEST = 'idx_posts_newest';

describe('the known indexes', () => {
  const database = useDatabase();

  it('are those that the migrations make', async () => {
    const rows = await database.sql<{ name: string }[]>`
      SELECT indexname AS name FROM pg_indexes
       WHERE schemaname = 'public'
         AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)`;
    const names = (await knownIndexes()).map(({ name }) => name);
    assert.deepEqual(names.sort(), rows.map(({ name }) => name).sort());
    for (const name of [...FEED_INDEXES, ...SEARCH_INDEXES]) assert.ok(names.includes(name));
  });

  it('come back as they were when they are dropped and added', async () => {
    const { sql } = database;
    const before = await definitions(sql);
    for (const { name } of await knownIndexes()) {
      await sql.unsafe(`DROP INDEX ${name}`);
      const [missing] = (await listIndexes(sql)).filter((index) => index.missing);
      assert.equal(missing?.name, name);
      const built = await buildIndex(sql, await planIndex(sql, { name }));
      assert.equal(built.changed, true);
    }
    assert.deepEqual(await definitions(sql), before);
  });

  it('are told by what they are for', async () => {
    const newest = (await knownIndexes()).find(({ name }) => name === NEWEST);
    assert.match(newest?.purpose ?? '', /^Everybody's newest posts/);
  });
});

describe('index list', () => {
  const database = useDatabase();

  it('tells size, use, and what an index is more than an index for', async () => {
    const indexes = await listIndexes(database.sql);
    const find = (name: string) => indexes.find((index) => index.name === name);
    assert.equal(find('posts_pkey')?.backs, 'primary key');
    assert.equal(find('users_username_key')?.backs, 'unique');
    const newest = find(NEWEST);
    assert.ok(newest && (newest.sizeBytes ?? 0) > 0);
    assert.deepEqual(
      [newest.table, newest.valid, newest.known, newest.backs],
      ['posts', true, true, null],
    );
    assert.match(newest.definition, /^CREATE INDEX idx_posts_newest ON /);
  });
});

describe('index list, redundancy', () => {
  const database = useDatabase();

  async function redundant(...statements: string[]) {
    const { sql } = database;
    for (const statement of statements) await sql.unsafe(`CREATE INDEX ${statement}`);
    const entries = (await listIndexes(sql)).filter((index) => index.redundant);
    const names = statements.map((statement) => statement.split(' ')[0]);
    await sql.unsafe(`DROP INDEX ${names.join(', ')}`);
    return entries.map((entry) => [entry.name, entry.redundant?.because, entry.redundant?.to]);
  }

  it('finds none among our own', async () => {
    assert.deepEqual(
      (await listIndexes(database.sql)).filter((index) => index.redundant),
      [],
    );
  });

  it('finds the beginning of another, also when that is read backwards', async () => {
    const composite = 'idx_posts_composite_user_date';
    assert.deepEqual(await redundant('extra ON posts (user_id)'), [['extra', 'prefix', composite]]);
    assert.deepEqual(await redundant('extra ON posts (user_id DESC, created_at, id)'), [
      ['extra', 'equal', composite],
    ]);
  });

  it('finds the equal one that is not ours, and of two others the second', async () => {
    const ours = 'extra ON posts USING gin (metadata jsonb_path_ops)';
    assert.deepEqual(await redundant(ours), [['extra', 'equal', 'idx_posts_metadata_gin']]);
    assert.deepEqual(await redundant('b ON users (created_at)', 'a ON users (created_at)'), [
      ['b', 'equal', 'a'],
    ]);
  });

  it('keeps what differs: order, operators, condition, payload, or a rule', async () => {
    for (const statement of [
      'extra ON posts (user_id, created_at)',
      'extra ON posts (created_at, user_id)',
      'extra ON posts USING gin (metadata)',
      "extra ON posts (user_id) WHERE created_at > '2026-01-01'",
      'extra ON posts (user_id) INCLUDE (content)',
      'extra ON posts USING hash (user_id)',
    ]) {
      assert.deepEqual(await redundant(statement), [], statement);
    }
    await database.sql`CREATE UNIQUE INDEX extra ON posts (user_id, created_at DESC)`;
    const entries = await listIndexes(database.sql);
    await database.sql`DROP INDEX extra`;
    assert.ok(entries.every((entry) => !entry.redundant));
  });

  it('says when an index was last used, where the server knows', async () => {
    const { sql } = database;
    const [server] = await sql<{ version: number }[]>`
      SELECT current_setting('server_version_num')::int AS version`;
    const started = new Date(Date.now() - 60_000).toISOString();
    await sql.begin(async (transaction) => {
      await transaction`SET LOCAL enable_seqscan = off`;
      await transaction`SELECT FROM users WHERE id = md5('x')::uuid`;
      await transaction`SELECT pg_stat_force_next_flush()`;
    });
    const find = (name: string, all: Awaited<ReturnType<typeof listIndexes>>) =>
      all.find((index) => index.name === name)?.lastUsedAt;
    const entries = await listIndexes(sql);
    assert.equal(find('idx_comments_user', entries), null);
    const used = find('users_pkey', entries);
    if ((server?.version ?? 0) < 160000) assert.equal(used, null);
    else assert.ok(used && used > started, String(used));
  });
});

describe('index add', () => {
  const database = useDatabase();
  before(() => addNetwork(database.sql, { users: 50, follows: 300, posts: 20_000, seed: 0.1 }));

  it('changes nothing where the index is there', async () => {
    const plan = await planIndex(database.sql, { name: NEWEST });
    assert.equal(plan.state, 'valid');
    assert.equal((await buildIndex(database.sql, plan)).changed, false);
  });

  it('says beforehand whom it would wait for', async () => {
    const waitedFor = async () => {
      const { openTransactions } = await planIndex(database.sql, { name: NEWEST });
      return openTransactions.map(({ name, state }) => [name, state]);
    };
    const other = openPostgres(database.url, { timeoutMs: 10_000 });
    try {
      await other.begin(async (transaction) => {
        await transaction`SET LOCAL application_name = 'reader'`;
        // In the extended protocol it would keep its portal, and with it a snapshot.
        await transaction.unsafe('SELECT FROM posts LIMIT 1').simple();
        assert.deepEqual(await waitedFor(), []);
        await transaction`SET LOCAL application_name = 'writer'`;
        await transaction`UPDATE posts SET content = content WHERE false`;
        assert.deepEqual(await waitedFor(), [['writer', 'idle in transaction']]);
      });
      await other.begin('ISOLATION LEVEL REPEATABLE READ', async (transaction) => {
        await transaction`SET LOCAL application_name = 'older'`;
        await transaction`SELECT FROM users LIMIT 1`;
        assert.deepEqual(await waitedFor(), [['older', 'idle in transaction']]);
      });
    } finally {
      await other.end({ timeout: 1 });
    }
    assert.deepEqual(await waitedFor(), []);
  });

  it('says beforehand what it locks', async () => {
    const { lock, statement } = await planIndex(database.sql, { name: NEWEST });
    assert.match(lock, /^SHARE UPDATE EXCLUSIVE on posts/);
    assert.match(statement, /^CREATE INDEX CONCURRENTLY idx_posts_newest ON posts/);
  });

  it('quotes names that only a quoted name can be', async () => {
    const { sql } = database;
    await sql`CREATE TABLE "Odd ""table" ("the ""key" int, "select" text)`;
    const request = {
      name: 'an "odd" one',
      table: 'Odd "table',
      columns: 'select desc nulls last',
    };
    const plan = await planIndex(sql, request);
    assert.equal(
      plan.statement,
      `CREATE INDEX CONCURRENTLY "an ""odd"" one" ON "Odd ""table" ("select" DESC NULLS LAST)`,
    );
    assert.equal((await buildIndex(sql, plan)).changed, true);
    await dropIndex(sql, await planDrop(sql, request.name));
  });

  const refused: [request: Parameters<typeof planIndex>[1], code: string][] = [
    [{}, 'usage'],
    [{ table: 'posts' }, 'usage'],
    [{ name: 'idx_posts_newst' }, 'index-not-found'],
    [{ name: NEWEST, table: 'posts', columns: 'id' }, 'index-known'],
    [{ table: 'post', columns: 'id' }, 'no-such-table'],
    [{ table: 'posts', columns: 'author' }, 'no-such-column'],
    [{ table: 'posts', columns: 'id); DROP TABLE posts; --' }, 'bad-columns'],
    [{ table: 'posts', columns: '' }, 'bad-columns'],
    [{ name: 'users', table: 'posts', columns: 'id' }, 'name-taken'],
    [{ name: 'users_pkey', table: 'posts', columns: 'id' }, 'name-taken'],
  ];
  for (const [request, code] of refused) {
    it(`refuses ${JSON.stringify(request)}: ${code}`, async () => {
      await assert.rejects(planIndex(database.sql, request), { code });
    });
  }

  it('builds an invalid left-over again, whether it is known or not', async () => {
    const { sql } = database;
    await sql`CREATE INDEX left_over ON posts (content)`;
    for (const name of [NEWEST, 'left_over']) {
      await sql`UPDATE pg_index SET indisvalid = false WHERE indexrelid = ${name}::regclass`;
      const plan = await planIndex(sql, { name });
      assert.equal(plan.state, 'invalid');
      const built = await buildIndex(sql, plan);
      assert.deepEqual([built.changed, built.rebuilt], [true, true]);
      assert.equal((await planIndex(sql, { name })).state, 'valid');
    }
  });

  it('waits for open transactions, tells for which, and leaves nothing when interrupted', async () => {
    const { sql } = database;
    const interruption = new AbortController();
    const plan = await planIndex(sql, { table: 'posts', columns: 'content' });
    const writer = await sql.reserve();
    await writer`BEGIN`;
    const [own] = await writer<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    await writer`UPDATE posts SET content = 'held' WHERE id = md5('post1')::uuid`;
    const seen: BuildProgress[] = [];
    const building = buildIndex(sql, plan, {
      interrupted: interruption.signal,
      onProgress: (progress) => {
        if (seen.push(progress) > 1) return;
        // The writer ends first, so that what is left behind can be dropped.
        void writer`ROLLBACK`.then(() => writer.release());
        interruption.abort();
      },
    });
    await assert.rejects(building, InterruptedError);
    assert.equal(seen[0]?.waitsFor, own?.pid);
    const indexes = await listIndexes(sql);
    assert.equal(indexes.find(({ name }) => name === plan.name)?.name, undefined);
  });

  it('says why an index cannot be built, and leaves nothing', async () => {
    const { sql } = database;
    await sql`CREATE TABLE long (text text)`;
    await sql`INSERT INTO long SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) n`;
    const plan = await planIndex(sql, { table: 'long', columns: 'text' });
    await assert.rejects(buildIndex(sql, plan), {
      code: 'index-not-built',
      hint: 'nothing was left behind',
    });
    assert.equal((await planIndex(sql, { table: 'long', columns: 'text' })).state, 'absent');
  });
});

describe('index drop', () => {
  const database = useDatabase();

  it('prints what brings the index back', async () => {
    const { sql } = database;
    const before = await definitions(sql);
    const dropped = await dropIndex(sql, await planDrop(sql, NEWEST));
    assert.notDeepEqual(await definitions(sql), before);
    await sql.unsafe(dropped.restore);
    assert.deepEqual(await definitions(sql), before);
  });

  for (const name of ['posts_pkey', 'users_username_key', 'users_email_key']) {
    it(`refuses ${name}, which a rule rests on`, async () => {
      await assert.rejects(planDrop(database.sql, name), { code: 'index-needed', exitCode: 1 });
    });
  }

  it('does not take a table for an index', async () => {
    await assert.rejects(planDrop(database.sql, 'posts'), { code: 'index-not-found' });
  });
});

async function definitions(sql: Sql): Promise<string[]> {
  const rows = await sql<{ definition: string }[]>`
    SELECT indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname`;
  return rows.map(({ definition }) => definition);
}
