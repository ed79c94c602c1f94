import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Advice, adviseIndexes } from '../../../src/tuning/advise/advise.js';
import { catalogOf } from '../../support/catalog.js';
import { useDatabase } from '../../support/database.js';
import { addNetwork } from '../../support/network.js';
import { withPoorRole } from '../../support/poor-role.js';

describe('index advise', () => {
  const database = useDatabase();
  let hypopg = false;
  before(async () => {
    const { sql } = database;
    await addNetwork(sql, { users: 500, follows: 8_000, posts: 40_000, seed: 0.3 });
    await sql`
      UPDATE posts SET metadata = jsonb_build_object('tags', jsonb_build_array(
        'all', 'rare' || abs(hashtext(content) % 3000)))`;
    await sql`VACUUM FULL posts`;
    await sql`VACUUM ANALYZE posts`;
    const [server] = await sql<{ there: boolean }[]>`
      SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg') AS there`;
    hypopg = server?.there ?? false;
  });

  const advise = (): Promise<Advice> => adviseIndexes(database.sql, { timeoutMs: 30_000 });

  it('finds nothing to do where everything is there', async () => {
    const { workload, add, drop } = await advise();
    assert.equal(workload.source, 'own queries');
    assert.match(workload.reason ?? '', /pg_stat_statements/);
    assert.ok(workload.statements >= 4);
    assert.deepEqual([add, drop], [[], []]);
  });

  it('names what can go: what another does as well, and what nobody uses', async () => {
    const { sql } = database;
    await sql`CREATE INDEX unused ON posts (content)`;
    await sql`CREATE INDEX twice ON comments (post_id)`;
    const { drop } = await advise();
    await sql`DROP INDEX unused, twice`;
    assert.deepEqual(
      drop.map(({ name, reason, command }) => [name, reason, command]),
      [
        ['unused', 'never used since the statistics were reset', 'socialdb index drop unused'],
        ['twice', 'idx_comments_post_date begins with it', 'socialdb index drop twice'],
      ],
    );
  });

  it('tries what is missing on copies of the tables, ranks it, and leaves nothing behind', async () => {
    const { sql } = database;
    await sql`DROP INDEX idx_posts_composite_user_date, idx_posts_newest, idx_posts_metadata_gin`;
    const before = await catalogOf(sql);
    const { add, copies } = await advise();
    assert.deepEqual(await catalogOf(sql), before);
    assert.deepEqual(
      copies.find(({ table }) => table === 'posts'),
      { table: 'posts', rows: 40_000, ofRows: 40_000, whole: true },
    );
    const commands = add.map(({ command }) => command);
    assert.ok(commands.includes('socialdb index add idx_posts_metadata_gin'));
    assert.ok(
      add.some(({ trial }) => trial?.helps.some((name) => name.startsWith('feed of @user'))),
    );
    for (const { trial, price, untried } of add) {
      assert.equal(untried, null);
      assert.deepEqual([trial?.on, trial?.measured], ['a temporary copy', true]);
      assert.ok((trial?.gain ?? 0) > 1);
      assert.ok((price?.sizeBytes ?? 0) > 0 && (price?.insertMs?.with ?? 0) > 0);
    }
    const gin = add.find(({ name }) => name === 'idx_posts_metadata_gin');
    assert.ok(gin?.trial?.helps.every((name) => name.startsWith('search --tag rare')));
    await sql`CREATE INDEX idx_posts_composite_user_date ON posts (user_id, created_at DESC, id DESC)`;
  });

  it('leaves out what no plan uses', async () => {
    const { sql } = database;
    const name = 'idx_followers_followed_date';
    await sql.unsafe(`DROP INDEX ${name}`);
    const { add } = await advise();
    assert.ok(add.length > 0);
    // Nobody's feed asks who follows somebody.
    assert.ok(!add.some((addition) => addition.name === name));
    await sql`CREATE INDEX idx_followers_followed_date ON followers (followed_id, created_at DESC, follower_id DESC)`;
  });

  it('says what it would need where nothing can be tried', async () => {
    await withPoorRole(database, async (plain) => {
      const { add } = await adviseIndexes(plain, { timeoutMs: 30_000 });
      const [first] = add;
      assert.equal(first?.trial, null);
      assert.match(first.untried ?? '', /not with HypoPG.*; not on a temporary copy.*right to/);
      assert.ok(first.askedBy.some((name) => name.startsWith('feed of @user')));
    });
  });

  it('tries candidates with HypoPG, and on a copy what that does not know', async (test) => {
    if (!hypopg) return test.skip('HypoPG is not on this server');
    const { sql } = database;
    await sql`CREATE EXTENSION hypopg`;
    const { add } = await advise();
    const newest = add.find(({ name }) => name === 'idx_posts_newest');
    assert.deepEqual([newest?.trial?.on, newest?.trial?.measured], ['HypoPG', false]);
    assert.ok((newest?.trial?.gain ?? 0) > 1);
    const gin = add.find(({ name }) => name === 'idx_posts_metadata_gin');
    assert.equal(gin?.trial?.on, 'a temporary copy');
    const left = await sql`SELECT FROM hypopg()`;
    assert.equal(left.length, 0);
    await sql`DROP EXTENSION hypopg`;
  });

  it('takes the statements that the server counted, where it can plan them', async (test) => {
    const { sql } = database;
    const [server] = await sql<{ able: boolean }[]>`
      SELECT current_setting('server_version_num')::int >= 160000
             AND current_setting('pg_stat_statements.max', true) IS NOT NULL AS able`;
    if (!server?.able) return test.skip('needs PostgreSQL 16 with pg_stat_statements loaded');
    await sql`CREATE EXTENSION pg_stat_statements`;
    await sql`SELECT count(*) FROM posts WHERE content = ${'post 7'} AND metadata IS NOT NULL`;
    await sql`SELECT count(*) FROM pg_class`;
    const { workload, add } = await advise();
    await sql`DROP EXTENSION pg_stat_statements`;
    assert.deepEqual([workload.source, workload.reason], ['pg_stat_statements', null]);
    const asked = add.find(({ on }) => on === 'posts (content)');
    assert.match(asked?.askedBy[0] ?? '', /^SELECT count\(\*\) FROM posts WHERE content = \$1/);
    assert.match(asked?.command ?? '', /--on posts --columns 'content'/);
  });
});
