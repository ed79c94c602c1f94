import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { rowCounts } from '../dataset/tables.js';
import { asAdmin, servers, useDatabase } from '../support/database.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
const EMPTY = { users: 0, posts: 0, comments: 0, followers: 0, likes: 0 };
/** A stack, as Node prints it. */
const STACK = /^\s+at |node:internal/m;

describe('a reader that goes away', () => {
  const database = useDatabase();
  const env = { DATABASE_URL: database.url };
  before(async () => {
    const { exitCode, stderr } = await socialdb(['seed', '--users', '60', '--posts', '300'], {
      env,
    });
    assert.equal(exitCode, 0, stderr);
  });

  const lists = [
    'user list --limit 60',
    'followers alice',
    'following alice',
    'feed alice',
    'search --tag coding',
    'activity tail -n 1000',
    'activity stats',
    'index list',
    'migrate status',
    'migrate --dry-run',
    'schema diagram',
    'report',
    'user list --json',
    '--help',
  ];
  for (const line of lists) {
    it(`ends ${line} quietly`, async () => {
      const { exitCode, stderr } = await socialdb(line.split(' '), {
        env,
        onStart: (child) => child.stdout?.destroy(),
      });
      assert.ok(exitCode === 0 || exitCode === 141, stderr);
      assert.doesNotMatch(stderr, STACK);
      assert.doesNotMatch(stderr, /EPIPE/);
    });
  }

  it('is not a disk that is full, which is said', { skip: !existsSync('/dev/full') }, () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `"$0" "$1" user list > /dev/full`, process.execPath, BINARY],
      {
        env: { ...process.env, ...env, REDIS_URL: '', MONGODB_URL: '' },
        encoding: 'utf8',
      },
    );
    assert.equal(status, 1);
    assert.match(stderr, /^error: the output is lost: .*ENOSPC/m);
    assert.doesNotMatch(stderr, STACK);
  });
});

describe('a PostgreSQL that is read-only', () => {
  const database = useDatabase();
  const env = { DATABASE_URL: `${database.url}?default_transaction_read_only=on` };
  before(async () => {
    await database.sql`INSERT INTO users (username) VALUES ('alice'), ('bob')`;
  });

  it('is read from', async () => {
    for (const line of [
      'user list',
      'feed alice',
      'followers bob',
      'index list',
      'activity tail',
    ]) {
      const { exitCode, stderr } = await socialdb(line.split(' '), { env });
      assert.equal(exitCode, 0, `${line}: ${stderr}`);
    }
  });

  for (const line of [
    'follow alice bob',
    'post alice hello',
    'user add carol --email c@example.org',
    'user delete bob --yes',
    'seed --append',
    'index add --on comments --columns created_at',
    'index drop idx_posts_metadata_gin --yes',
    'activity relay',
  ]) {
    it(`refuses ${line} in a line`, async () => {
      const { exitCode, stderr } = await socialdb(line.split(' '), { env });
      assert.equal(exitCode, 3, stderr);
      assert.match(stderr, /^error: PostgreSQL at \S+ takes no writes: it is read-only$/m);
      assert.doesNotMatch(stderr, STACK);
    });
  }
});

describe('a PostgreSQL without a free connection', () => {
  const database = useDatabase();
  const role = `socialdb_crowd_${process.pid}`;

  it('says so in a line', async (t) => {
    await asAdmin(`CREATE ROLE ${role} LOGIN PASSWORD 'crowd' CONNECTION LIMIT 0`);
    t.after(() => asAdmin(`DROP ROLE ${role}`));
    const url = new URL(database.url);
    Object.assign(url, { username: role, password: 'crowd' });
    for (const line of ['user list', 'follow alice bob', 'migrate']) {
      const { exitCode, stderr } = await socialdb(line.split(' '), {
        env: { DATABASE_URL: url.href },
      });
      assert.equal(exitCode, 3, stderr);
      assert.match(stderr, /^error: PostgreSQL at \S+ refused: too many connections/m);
      assert.equal(stderr.trim().split('\n').length, 2, stderr);
    }
  });
});

describe('Ctrl-C', () => {
  const database = useDatabase();
  const env = { DATABASE_URL: database.url };
  const large = ['seed', '--users', '20000', '--posts', '400000'];

  it('once ends a load cleanly, and says what was done', async () => {
    const { exitCode, stderr, stdout } = await socialdb(large, {
      env,
      onStart: (child) => void sleep(2_000).then(() => child.kill('SIGINT')),
    });
    assert.deepEqual([exitCode, stdout], [130, '']);
    assert.match(stderr, /interrupted: nothing was changed/);
    assert.deepEqual(await rowCounts(database.sql), EMPTY);
  });

  it('twice ends it at once, which leaves nothing either', async () => {
    const { exitCode } = await socialdb(large, {
      env,
      onStart: (child) =>
        void sleep(2_000).then(async () => {
          child.kill('SIGINT');
          await sleep(1);
          child.kill('SIGINT');
        }),
    });
    assert.equal(exitCode, 130);
    for (let others = 1; others > 0; await sleep(20)) {
      const [left] = await database.sql<{ busy: number }[]>`
        SELECT count(*) AS busy FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`;
      others = left?.busy ?? 0;
    }
    assert.deepEqual(await rowCounts(database.sql), EMPTY);
  });

  it('ends a migrate that waits for another one', async () => {
    const other = database.sql.begin(async (transaction) => {
      await transaction`SELECT pg_advisory_xact_lock(8317705168046910562)`;
      const { exitCode, stderr } = await socialdb(['migrate'], {
        env,
        onStart: (child) => void sleep(1_500).then(() => child.kill('SIGINT')),
      });
      assert.equal(exitCode, 130, stderr);
      assert.match(stderr, /interrupted: nothing was changed/);
    });
    await other;
  });
});

const disk = smallDisk();

describe('a disk that is full', { skip: disk ? false : 'only root can mount a small disk' }, () => {
  const database = useDatabase();
  const env = { DATABASE_URL: database.url };
  const folder = disk ?? '';

  it('fails an export in a line, and leaves nothing of it', async (t) => {
    t.after(() => unmount(folder));
    assert.equal((await socialdb(['seed', '--users', '2000'], { env })).exitCode, 0);
    const { exitCode, stderr } = await socialdb(['export', 'jsonl', join(folder, 'out')], { env });
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /^error: .*no space left on device/m);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('fails a load in a line, and leaves nothing of it', async (t) => {
    const place = smallDisk(16);
    assert.ok(place);
    const [server] = await database.sql<{ directory: string }[]>`
      SELECT current_setting('data_directory') AS directory`;
    if (!server || !existsSync(server.directory)) return t.skip('the server is on another machine');
    const name = `${servers.template}_full_${process.pid}`;
    t.after(async () => {
      await asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await asAdmin(`DROP TABLESPACE IF EXISTS ${name}`);
      unmount(place);
    });
    chmodSync(place, 0o777);
    spawnSync('chown', [`--reference=${server.directory}`, place]);
    await asAdmin(`CREATE TABLESPACE ${name} LOCATION '${place}'`);
    await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${servers.template} TABLESPACE ${name}`);
    const url = new URL(database.url);
    url.pathname = name;
    const { exitCode, stderr } = await socialdb(['seed', '--users', '2000'], {
      env: { DATABASE_URL: url.href },
    });
    assert.equal(exitCode, 3, stderr);
    assert.match(stderr, /^error: PostgreSQL at \S+ refused: .*No space left on device/m);
    assert.doesNotMatch(stderr, STACK);
    const users = await socialdb(['user', 'list', '--json'], { env: { DATABASE_URL: url.href } });
    assert.deepEqual(JSON.parse(users.stdout).users, []);
  });
});

/** @param megabytes of a disk that is mounted; undefined where that is not allowed */
function smallDisk(megabytes = 1): string | undefined {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return undefined;
  const place = mkdtempSync(join(tmpdir(), 'socialdb-disk-'));
  const { status } = spawnSync('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${megabytes}m`,
    'tmpfs',
    place,
  ]);
  if (status === 0) return place;
  rmSync(place, { recursive: true });
  return undefined;
}

function unmount(place: string): void {
  spawnSync('umount', [place]);
  rmSync(place, { recursive: true, force: true });
}

describe('a server that goes when the work is almost done', () => {
  const database = useDatabase();
  const redis = useRedis();

  it('leaves what was loaded, and the load says so', async () => {
    const proxy = await startFaultProxy(database.url);
    let gone = false;
    proxy.onRequest((bytes) => {
      gone ||= bytes.includes('VACUUM');
      if (gone) proxy.treat('reset');
      return gone ? 'cut before' : 'pass';
    });
    const { stdout, stderr, exitCode } = await socialdb(
      ['seed', '--users', '40', '--posts', '50'],
      {
        env: { DATABASE_URL: proxy.url },
      },
    );
    proxy.close();
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /users +40/);
    assert.match(
      stderr,
      /^warning: PostgreSQL at .*; when it does, run: socialdb activity relay$/m,
    );
    assert.match(stderr, /the visibility map waits for autovacuum/);
    assert.equal((await rowCounts(database.sql)).posts, 50);
  });

  for (const how of ['reset', 'silence'] as const) {
    it(`fails cache warm, which can do nothing without Redis: ${how}`, async () => {
      const warm = async (prepare: (proxy: FaultProxy) => void) => {
        await socialdb(['cache', 'clear'], {
          env: { DATABASE_URL: database.url, REDIS_URL: redis.url },
        });
        const proxy = await startFaultProxy(redis.url);
        prepare(proxy);
        const ran = await socialdb(['cache', 'warm', '--readers', '20'], {
          env: { DATABASE_URL: database.url, REDIS_URL: proxy.url },
        });
        proxy.close();
        return { ...ran, replied: proxy.replied };
      };
      const good = await warm(() => {});
      assert.match(good.stdout, /^\d\d timelines filled, 0 warm already/);
      const { stdout, stderr, exitCode } = await warm((proxy) =>
        proxy.failAfter(Math.ceil(good.replied / 2), how),
      );
      assert.equal(exitCode, 3, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^error: Redis at redis:\/\/127.0.0.1:\d+ (closed|did not answer)/m);
      assert.equal(stderr.match(/Redis at/g)?.length, 1, stderr);
    });
  }
});
