import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Advice, adviseIndexes } from '../../../src/tuning/advise/advise.js';
import { useDatabase } from '../../support/database.js';
import { addNetwork } from '../../support/network.js';

describe('index advise', () => {
  const database = useDatabase();
  let hypopg = false;
  before(async () => {
    const { sql } = database;
    await addNetwork(sql, { users: 500, follows: 8_000, posts: 40_000, seed: 0.3 });
    await sql`UPDATE posts SET metadata = jsonb_build_object('tags', jsonb_build_array('all'))`;
    await sql`VACUUM ANALYZE posts`;
    const [server] = await sql<{ there: boolean }[]>`
      SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg') AS there`;
    hypopg = server?.there ?? false;
  });

  const advise = (): Promise<Advice> => adviseIndexes(database.sql, 30_000);

  it('finds nothing to do where everything is there', async () => {
    const { workload, add, drop } = await advise();
    assert.equal(workload.source, 'own queries');
    assert.match(workload.reason ?? '', /pg_stat_statements/);
    assert.ok(workload.statements >= 4);
    assert.deepEqual([add, drop], [[], []]);
  });

  it('misses what is missing, and says what was tried', async () => {
    const { sql } = database;
    await sql`DROP INDEX idx_posts_composite_user_date, idx_posts_newest, idx_posts_metadata_gin`;
    const plain = await advise();
    const commands = plain.add.map(({ command }) => command);
    assert.ok(commands.includes('socialdb index add idx_posts_composite_user_date'));
    assert.ok(commands.includes('socialdb index add idx_posts_metadata_gin'));
    const [first] = plain.add;
    assert.equal(first?.estimate, null);
    assert.match(first.untried ?? '', hypopg ? /CREATE EXTENSION hypopg/ : /not on this server/);
    assert.ok(first.askedBy.some((name) => name.startsWith('feed of @user')));
  });

  it('tries candidates with HypoPG, and leaves nothing behind', async (test) => {
    if (!hypopg) return test.skip('HypoPG is not on this server');
    const { sql } = database;
    await sql`CREATE EXTENSION hypopg`;
    const { add } = await advise();
    const composite = add.find(({ command }) => command.endsWith('composite_user_date'));
    assert.ok((composite?.estimate?.gain ?? 0) > 1);
    assert.ok((composite?.estimate?.sizeBytes ?? 0) > 0);
    assert.ok((composite?.estimate?.helps.length ?? 0) > 0);
    const gains = add.map(({ estimate }) => estimate?.gain ?? 0);
    assert.deepEqual(
      gains,
      [...gains].sort((a, b) => b - a),
    );
    const gin = add.find(({ command }) => command.endsWith('metadata_gin'));
    assert.match(gin?.untried ?? '', /HypoPG cannot try it: .*gin/);
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
    await sql`SELECT count(*) FROM posts WHERE content = ${'post 7'} AND created_at > now()`;
    await sql`SELECT count(*) FROM pg_class`;
    const { workload, add } = await advise();
    await sql`DROP EXTENSION pg_stat_statements`;
    assert.deepEqual([workload.source, workload.reason], ['pg_stat_statements', null]);
    const asked = add.find(({ on }) => on === 'posts (content, created_at)');
    assert.match(asked?.askedBy[0] ?? '', /^SELECT count\(\*\) FROM posts WHERE content = \$1/);
    assert.match(asked?.command ?? '', /--on posts --columns 'content, created_at'/);
  });

  it('names what can go: what another does as well, and what nobody uses', async () => {
    const { sql } = database;
    await sql`CREATE INDEX unused ON posts (content)`;
    await sql`CREATE INDEX twice ON comments (post_id)`;
    const { drop } = await advise();
    assert.deepEqual(
      drop.map(({ name, reason, command }) => [name, reason, command]),
      [
        ['unused', 'never used since the statistics were reset', 'socialdb index drop unused'],
        ['twice', 'idx_comments_post_date begins with it', 'socialdb index drop twice'],
      ],
    );
  });
});
