import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { asAdmin, useDatabase } from '../support/database.js';
import { socialdb } from '../support/socialdb.js';

describe('docs/grants.sql', () => {
  const database = useDatabase();
  const groups = ['app', 'relay', 'reader'] as const;
  // Roles belong to the whole server, which another run of the tests may share.
  const nameOf = (group: string) => `socialdb_${group}_${process.pid}`;
  const as = (group: (typeof groups)[number], ...args: string[]) => {
    const url = new URL(database.url);
    url.username = nameOf(group);
    url.password = 'secret';
    return socialdb(args, { env: { DATABASE_URL: url.href } });
  };
  const succeeds = async (...run: Parameters<typeof as>) => {
    const { exitCode, stdout, stderr } = await as(...run);
    assert.equal(exitCode, 0, `${run.join(' ')}: ${stderr}`);
    assert.doesNotMatch(stderr, /error|waits in the outbox/);
    return stdout;
  };
  const isRefused = async (...run: Parameters<typeof as>) => {
    const { exitCode, stderr } = await as(...run);
    assert.equal(exitCode, 1, run.join(' '));
    assert.match(
      stderr,
      /^error: PostgreSQL at .* does not permit this: (permission denied|must be owner) /m,
    );
  };
  let post: string;

  before(async () => {
    for (const group of groups) {
      await database.sql.unsafe(`CREATE ROLE ${nameOf(group)} LOGIN PASSWORD 'secret'`);
    }
    const grants = await readFile(new URL('../../docs/grants.sql', import.meta.url), 'utf8');
    await database.sql.unsafe(
      grants.replace(/socialdb_(app|relay|reader)/g, (name) => `${name}_${process.pid}`),
    );
  });
  after(async () => {
    // What was granted went with the database.
    for (const group of groups) await asAdmin(`DROP ROLE ${nameOf(group)}`);
  });

  it('lets the application do everything that people do', async () => {
    for (const name of ['alice', 'bob', 'carol']) {
      await succeeds('app', 'user', 'add', name, '--email', `${name}@example.org`);
    }
    await succeeds('app', 'follow', 'alice', 'bob');
    const created = await succeeds('app', 'post', 'bob', 'hello', '--tag', 'coding', '--json');
    post = JSON.parse(created).id;
    await succeeds('app', 'like', 'alice', post);
    await succeeds('app', 'comment', 'alice', post, 'yes');
    assert.match(await succeeds('app', 'feed', 'alice'), /hello/);
    assert.match(await succeeds('app', 'search', '--tag', 'coding'), /hello/);
    assert.match(await succeeds('app', 'activity', 'tail'), /alice liked bob/);
    await succeeds('app', 'unfollow', 'alice', 'bob');
    await succeeds('app', 'user', 'delete', 'carol', '--yes');
    await succeeds('app', 'migrate', 'status', '--exit-code');
  });

  it('keeps the application from changing the schema', async () => {
    await isRefused('app', 'index', 'drop', 'idx_posts_newest', '--yes');
  });

  it('lets the relay carry events, and nothing else', async () => {
    await database.sql`
      INSERT INTO outbox (id, event)
      SELECT (e ->> 'id')::uuid, e FROM users,
             activity_event('joined', now(), id, username, activity_user(id, username)) AS e`;
    await database.sql`INSERT INTO activity_backfill (source) VALUES ('posts'), ('likes')`;
    const relayed = JSON.parse(await succeeds('relay', 'activity', 'relay', '--json'));
    assert.equal(relayed.remaining, 0);
    await succeeds('app', 'activity', 'relay');
    await database.sql`UPDATE instance SET activity_ttl = '1 s'`;
    await database.sql`UPDATE activity SET at = at - interval '1 hour'`;
    await succeeds('relay', 'activity', 'relay');
    const [left] = await database.sql`SELECT count(*) FROM activity`;
    assert.equal(left?.count, 0, 'what has expired is gone');
    await database.sql`UPDATE instance SET activity_ttl = NULL`;
    await isRefused('relay', 'post', 'bob', 'from the relay');
  });

  it('lets a reader look at everything and change nothing', async () => {
    await succeeds('reader', 'feed', 'alice');
    assert.match(await succeeds('reader', 'thread', post), /hello/);
    await succeeds('reader', 'explain', 'feed', 'alice');
    await succeeds('reader', 'index', 'list');
    await succeeds('reader', 'activity', 'stats');
    await isRefused('reader', 'post', 'bob', 'from a reader');
  });
});
