import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import type { Explanation } from '../../src/tuning/explanation.js';
import { FEED_INDEXES } from '../../src/tuning/known-indexes.js';
import { indexesOf } from '../../src/tuning/plan.js';
import { explainFeed, explainSql } from '../../src/tuning/subjects.js';
import { catalogOf } from '../support/catalog.js';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';
import { withPoorRole } from '../support/poor-role.js';

const PATIENT = { limitMs: 60_000 };
const NEWEST = 'idx_posts_newest';
const COMPOSITE = 'idx_posts_composite_user_date';
const BY_AUTHOR = {
  name: 'x.sql',
  text: `SELECT id FROM posts WHERE user_id = md5('user1')::uuid ORDER BY created_at DESC, id DESC LIMIT 5`,
};

describe('the ladder of techniques', () => {
  const database = useDatabase();
  before(() => addNetwork(database.sql, { users: 400, follows: 8_000, posts: 30_000, seed: 0.7 }));

  const compare = (options: { technique?: string; allowLock?: boolean; index?: string }) =>
    explainSql(database.sql, BY_AUTHOR.name, BY_AUTHOR.text, {
      ...PATIENT,
      compareIndex: options.index ?? COMPOSITE,
      technique: options.technique,
      allowLock: options.allowLock,
    });

  function assertGained({ legs, sameRows }: Explanation, index: string): void {
    assert.equal(sameRows, true);
    const [without, having] = legs.map(({ plan }) => indexesOf(plan));
    assert.ok(!without?.includes(index));
    assert.ok(having?.includes(index));
  }

  for (const [technique, name] of [
    ['catalog', 'hidden in a rolled-back transaction'],
    ['copy', 'measured on a temporary copy'],
    ['lock', 'built or dropped in a rolled-back transaction'],
  ] as const) {
    it(`${technique}: an index that is there, same rows, and the catalog as it was`, async () => {
      const before = await catalogOf(database.sql);
      const compared = await compare({ technique, allowLock: true });
      assert.equal(compared.technique, name);
      assertGained(compared, COMPOSITE);
      assert.deepEqual(await catalogOf(database.sql), before);
    });
  }

  it('locks nobody out unless it is allowed to', async () => {
    await assert.rejects(compare({ technique: 'lock' }), {
      code: 'no-technique',
      message: /makes others wait for posts: --allow-lock/,
    });
    const best = await compare({});
    assert.notEqual(best.technique, 'built or dropped in a rolled-back transaction');
  });

  it('gives a lock up that others hold', async () => {
    await database.sql.begin(async (other) => {
      await other`INSERT INTO posts (user_id, content) SELECT id, 'held' FROM users LIMIT 1`;
      await assert.rejects(compare({ technique: 'lock', allowLock: true }), { code: '55P03' });
      await other`ROLLBACK`.catch(() => {});
    });
  });

  it('refuses to drop what backs a constraint, and hides it instead', async () => {
    await assert.rejects(compare({ technique: 'lock', allowLock: true, index: 'posts_pkey' }), {
      code: 'no-technique',
      message: /backs the constraint posts_pkey/,
    });
    const hidden = await compare({ index: 'posts_pkey' });
    assert.equal(hidden.technique, 'hidden in a rolled-back transaction');
  });

  it('builds an index that is only described, on a copy or behind a lock', async () => {
    const before = await catalogOf(database.sql);
    const index = 'posts(content text_pattern_ops, "created_at" DESC) WHERE content <> $$x$$';
    const text = `SELECT id FROM posts WHERE content LIKE 'post 12345%' AND content <> 'x'`;
    for (const [allowLock, technique] of [
      [false, 'measured on a temporary copy'],
      [true, 'built or dropped in a rolled-back transaction'],
    ] as const) {
      const compared = await explainSql(database.sql, 'x.sql', text, {
        ...PATIENT,
        compareIndex: index,
        allowLock,
      });
      assert.equal(compared.technique, technique);
      assert.deepEqual(compared.indexes, ['posts_content_created_at_idx']);
      assertGained(compared, 'posts_content_created_at_idx');
      const [price] = compared.prices;
      assert.ok(price?.sizeEstimated && (price.sizeBytes ?? 0) > 0);
      assert.ok((price.insertMs?.with ?? 0) > 0);
    }
    assert.deepEqual(await catalogOf(database.sql), before);
  });

  it('knows an index that is there by its description', async () => {
    const compared = await compare({ index: 'posts (user_id, created_at DESC, id DESC)' });
    assert.deepEqual(compared.indexes, [COMPOSITE]);
    assert.equal(compared.technique, 'hidden in a rolled-back transaction');
  });

  it('builds a known index that is missing', async () => {
    await database.sql.unsafe(`ALTER INDEX ${COMPOSITE} RENAME TO away`);
    try {
      await database.sql`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'away'::regclass`;
      const compared = await compare({});
      assert.equal(compared.technique, 'measured on a temporary copy');
      assertGained(compared, COMPOSITE);
    } finally {
      await database.sql`UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'away'::regclass`;
      await database.sql.unsafe(`ALTER INDEX away RENAME TO ${COMPOSITE}`);
    }
  });

  it('says what an index costs', async () => {
    const { prices } = await compare({});
    const [price, ...others] = prices;
    assert.deepEqual(others, []);
    const [size] = await database.sql<{ bytes: number }[]>`
      SELECT pg_relation_size(${COMPOSITE}::regclass) AS bytes`;
    assert.equal(price?.sizeBytes, size?.bytes);
    assert.equal(price?.sizeEstimated, false);
    assert.ok((price?.insertMs?.without ?? 0) > 0);
  });

  it('names the techniques there are', async () => {
    await assert.rejects(compare({ technique: 'magic' }), { exitCode: 2, hint: /hypopg, catalog/ });
  });

  it('works for a role that may only read, on a copy, and says what would be better', async () => {
    const role = `socialdb_reader_${process.pid}`;
    await database.sql.unsafe(
      `CREATE ROLE ${role} LOGIN PASSWORD '${role}'; GRANT pg_read_all_data TO ${role}`,
    );
    const url = new URL(database.url);
    url.username = role;
    url.password = role;
    const sql = openPostgres(url.href, { timeoutMs: 60_000 });
    try {
      const compared = await explainFeed(sql, { ...PATIENT, compareIndex: true });
      assert.equal(compared.technique, 'measured on a temporary copy');
      assert.deepEqual(
        compared.copies.map(({ table, rows, whole }) => [table, rows, whole]),
        await wholeTables(['posts']),
      );
      assert.ok(compared.passedOver.some(({ reason }) => /superuser/.test(reason)));
      assert.equal(compared.sameRows, true);
      assert.deepEqual(compared.indexes, FEED_INDEXES);
    } finally {
      await sql.end({ timeout: 1 });
      await database.sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  async function wholeTables(names: string[]) {
    const counts = names.map(async (name) => {
      const [row] = await database.sql.unsafe<{ rows: number }[]>(
        `SELECT count(*) AS rows FROM ${name}`,
      );
      return [name, row?.rows, true] as const;
    });
    return Promise.all(counts);
  }
});

describe('HypoPG', () => {
  const database = useDatabase();
  before(() => addNetwork(database.sql, { users: 300, follows: 5_000, posts: 20_000, seed: 0.4 }));

  const compare = (technique: string, compareIndex: string) =>
    explainFeed(database.sql, { ...PATIENT, user: 'user0', compareIndex, technique });

  it('is asked for by who may make no table to build an index on', async () => {
    await withPoorRole(database, async (sql) => {
      const compareIndex = 'posts(created_at, user_id)';
      await assert.rejects(explainSql(sql, 'x.sql', BY_AUTHOR.text, { ...PATIENT, compareIndex }), {
        code: 'no-technique',
        message: /right to make temporary tables; with HypoPG, which needs the extension/,
      });
    });
  });

  it('is asked for where it is not', async () => {
    for (const [technique, index] of [
      ['hypopg', NEWEST],
      ['estimate', 'posts(content)'],
    ] as const) {
      await assert.rejects(compare(technique, index), {
        code: 'no-technique',
        message: /CREATE EXTENSION hypopg|does not have it/,
      });
    }
  });

  it('of 1.3 cannot hide an index, and says so; it estimates one that is not there', async (test) => {
    if (!(await install(database.sql, '1.3.1')))
      return test.skip('HypoPG 1.3 is not on this server');
    await assert.rejects(compare('hypopg', NEWEST), { message: /1\.4 or newer: here is 1\.3\.1/ });
    const index = 'posts(created_at, user_id)';
    const estimated = await explainSql(
      database.sql,
      'x.sql',
      `SELECT count(*) FROM posts WHERE created_at < '2026-01-01T00:00:00.0001Z'`,
      { ...PATIENT, compareIndex: index, technique: 'estimate' },
    );
    assert.equal(estimated.estimated, true);
    assert.equal(estimated.technique, 'estimated by HypoPG');
    assert.deepEqual(
      estimated.legs.map(({ medianMs }) => medianMs),
      [null, null],
    );
    assert.equal(estimated.speedup, null);
    const [having] = estimated.legs.slice(1).map(({ plan }) => indexesOf(plan));
    assert.deepEqual(having, ['posts_created_at_user_id_idx']);
    assert.ok((estimated.gains[0]?.costRatio ?? 0) > 1);
    const [left] = await database.sql`SELECT count(*)::int FROM hypopg_list_indexes`;
    assert.deepEqual(left, { count: 0 });
  });

  it('knows what is described to who may make no table, and estimates it', async (test) => {
    if (!(await install(database.sql, '1.3.1')))
      return test.skip('HypoPG 1.3 is not on this server');
    await withPoorRole(database, async (sql) => {
      const estimate = (compareIndex: string) =>
        explainSql(sql, BY_AUTHOR.name, BY_AUTHOR.text, { ...PATIENT, compareIndex });
      const estimated = await estimate('posts(user_id, created_at)');
      assert.equal(estimated.technique, 'estimated by HypoPG');
      assert.match(estimated.passedOver.at(-1)?.reason ?? '', /right to make temporary tables/);
      assert.deepEqual(estimated.indexes, ['btree_posts_user_id_created_at']);
      for (const [description, message] of [
        ['posts(nothing)', /column "nothing" does not exist/],
        ['posts(user_id); DROP TABLE posts', /multiple commands/],
      ] as const) {
        await assert.rejects(estimate(description), { code: 'bad-index', message });
      }
    });
  });

  it('of 1.4 hides an index from the statement that is run', async (test) => {
    if (!(await install(database.sql, '1.4.0')))
      return test.skip('HypoPG 1.4 is not on this server');
    const compared = await compare('hypopg', NEWEST);
    assert.equal(compared.technique, 'hidden by HypoPG');
    assert.equal(compared.sameRows, true);
    const [without, having] = compared.legs;
    assert.ok(without && having);
    assert.ok(!indexesOf(without.plan).includes(NEWEST));
    assert.ok(indexesOf(having.plan).includes(NEWEST));
    assert.ok((without.medianMs ?? 0) > 0);
  });

  async function install(sql: Sql, version: string): Promise<boolean> {
    const [there] = await sql`
      SELECT FROM pg_available_extension_versions WHERE name = 'hypopg' AND version = ${version}`;
    if (!there) return false;
    await sql.unsafe(
      `DROP EXTENSION IF EXISTS hypopg; CREATE EXTENSION hypopg VERSION '${version}'`,
    );
    return true;
  }
});
