import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { useDatabase } from '../support/database.js';
import { addNetwork } from '../support/network.js';
import { type RunOptions, socialdb } from '../support/socialdb.js';

describe('the commands of plans and indexes', () => {
  const database = useDatabase();
  before(() => addNetwork(database.sql, { users: 300, follows: 5_000, posts: 20_000, seed: 0.2 }));

  const run = (args: string[], options: RunOptions = {}) =>
    socialdb(args, { ...options, env: { DATABASE_URL: database.url } });

  async function json(args: string[]) {
    const { stdout, stderr, exitCode } = await run([...args, '--json']);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout);
  }

  it('explain feed --compare-index gives the fields that scripts rely on', async () => {
    const compared = await json(['explain', 'feed', '--compare-index']);
    assert.equal(compared.sameRows, true);
    assert.equal(typeof compared.technique, 'string');
    assert.ok(compared.speedup > 0);
    assert.equal(compared.legs.length, 6);
    for (const leg of compared.legs) {
      assert.ok(['without', 'with'].includes(leg.name));
      assert.match(leg.user, /^user\d+$/);
      assert.ok(leg.medianMs > 0);
      assert.equal(leg.runsMs.length, 5);
      assert.ok(leg.buffers.hit + leg.buffers.read > 0);
      assert.ok(leg.nodeTypes.includes('Limit'));
      assert.equal(leg.plan.root.fields['Node Type'], leg.plan.root.title);
    }
  });

  it('explain feed --compare-index shows a table and both plans, and fits 80 columns', async () => {
    const { stdout, exitCode } = await run(['explain', 'feed', 'user0', '--compare-index']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^feed: without and with idx_posts_composite_user_date,/);
    assert.match(stdout, /hidden in a rolled-back transaction · same rows in both legs/);
    assert.match(stdout, /without +Seq Scan .*\n.*with +Index Only Scan/);
    assert.match(
      stdout,
      /@user0 \((classic|newest)\), without the indexes\n[\s\S]*@user0 \((heads|probe)\), with the indexes\n/,
    );
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  });

  it('explain search and explain sql show a plan', async () => {
    const search = await run(['explain', 'search', '--tag', 'coding']);
    assert.match(search.stdout, /Index Scan on posts p\b|Bitmap Heap Scan/);
    const sql = await run(['explain', 'sql', '-'], { stdin: 'SELECT count(*) FROM users;' });
    assert.match(sql.stdout, /^standard input\n[\s\S]*(Seq|Index Only) Scan[\s\S]* on users/);
  });

  it('say what is wrong with a request, and how to put it right', async () => {
    for (const [args, exitCode, message] of [
      [['explain', 'feed', 'user0', '--strategy', 'fastest'], 2, /one of: auto/],
      [['explain', 'feed', '--compare-index', '--runs', '3'], 2, /--runs 5 or more/],
      [['explain', 'feed', 'user0', '--compare-index', 'idx_posts_newst'], 1, /did you mean/],
      [['explain', 'feed', '--technique', 'copy'], 2, /add --compare-index/],
      [['explain', 'feed', '--compare-index', '--compare-strategies'], 2, /cannot be used with/],
      [['explain', 'feed', 'user00'], 1, /did you mean/],
      [['explain', 'search'], 2, /--tag/],
      [['explain', 'feed', '--html', '/nonexistent/page.html'], 1, /cannot be written/],
      [['explain', 'sql', '-'], 2, /no statement/],
      [['explain', 'sql', '/nonexistent'], 1, /cannot be read/],
      [['index', 'drop', 'idx_posts_newest'], 2, /--yes/],
      [['index', 'drop', 'posts_pkey', '--yes'], 1, /primary key/],
      [['index', 'add', 'idx_posts_newst'], 1, /did you mean idx_posts_newest/],
    ] as const) {
      const ran = await run([...args]);
      assert.equal(ran.exitCode, exitCode, args.join(' '));
      assert.match(ran.stderr, message);
      assert.equal(ran.stdout, '');
    }
  });

  it('an index is dropped, missed, and added again', async () => {
    const name = 'idx_posts_newest';
    const dry = await json(['index', 'drop', name, '--dry-run']);
    assert.equal(dry.changed, false);
    const dropped = await json(['index', 'drop', name, '--yes']);
    assert.match(dropped.restore, /^CREATE INDEX CONCURRENTLY idx_posts_newest ON /);
    const listed = await run(['index', 'list']);
    assert.match(listed.stdout, /idx_posts_newest .*missing/);
    assert.match(listed.stdout, /Next: socialdb index add idx_posts_newest/);
    const compared = await run(['explain', 'feed', 'user0', '--compare-index', name]);
    assert.match(compared.stdout, /measured on a temporary copy/);
    assert.match(compared.stdout, /idx_posts_newest is not there: socialdb index add idx_posts/);
    const rest = await json(['explain', 'feed', 'user0', '--compare-index']);
    assert.deepEqual(rest.missing, [name]);
    assert.equal((await json(['index', 'add', name, '--dry-run'])).changed, false);
    assert.equal((await json(['index', 'add', name])).changed, true);
    assert.equal((await json(['index', 'add', name])).changed, false);
    const { indexes } = await json(['index', 'list']);
    const index = indexes.find((entry: { name: string }) => entry.name === name);
    assert.deepEqual([index.table, index.valid, index.known], ['posts', true, true]);
  });

  it('a role without the right to something is told so', async () => {
    const { sql, url } = database;
    const role = `socialdb_weak_${process.pid}`;
    await sql.unsafe(`
      CREATE ROLE ${role} LOGIN PASSWORD '${role}'; GRANT pg_read_all_data TO ${role};
      ALTER ROLE ${role} SET default_transaction_read_only = on`);
    const weak = new URL(url);
    weak.username = role;
    weak.password = role;
    const ran = (args: string[]) => socialdb(args, { env: { DATABASE_URL: weak.href } });
    try {
      const readOnly = /takes no writes: it is read-only\nname a primary/;
      const compared = /temporary copy, which needs to write: default_tr/;
      for (const [args, code, message] of [
        [['explain', 'feed', '--compare-index'], 1, compared],
        [['explain', 'feed', '--grow', '500'], 3, readOnly],
        [['index', 'drop', 'idx_posts_newest', '--yes'], 3, readOnly],
      ] as const) {
        const { exitCode, stderr } = await ran([...args]);
        assert.equal(exitCode, code, stderr);
        assert.match(stderr, message);
      }
      await sql.unsafe(`ALTER ROLE ${role} RESET default_transaction_read_only`);
      for (const [args, message] of [
        [['explain', 'feed', '--grow', '500'], /permission denied for database/],
        [['index', 'drop', 'idx_posts_newest', '--yes'], /must be owner of index/],
        [['index', 'add', '--on', 'posts', '--columns', 'content'], /must be owner of table/],
      ] as const) {
        const { exitCode, stderr } = await ran([...args]);
        assert.equal(exitCode, 1, stderr);
        assert.match(stderr, message);
      }
    } finally {
      await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('schema diagram prints Mermaid', async () => {
    const { stdout } = await run(['schema', 'diagram']);
    assert.match(stdout, /^erDiagram\n/);
    assert.match(stdout, /users \|\|--o\{ posts : "user_id"/);
  });
});
