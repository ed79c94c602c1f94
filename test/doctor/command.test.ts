import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { servers, useDatabase } from '../support/database.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';

interface Line {
  readonly name: string;
  readonly group: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly fix: string | null;
}

const NOBODY = '127.0.0.1:1';

describe('socialdb doctor', () => {
  const database = useDatabase();
  const redis = useRedis('--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru');
  /** A server that accepts and never says a word. */
  let silent: Server;
  const sockets = new Set<Socket>();
  before(async () => {
    silent = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const mute = () => `127.0.0.1:${(silent.address() as AddressInfo).port}`;

  const doctor = async (env: Record<string, string>, ...argv: string[]) => {
    const urls = { DATABASE_URL: database.url, REDIS_URL: redis.url };
    const ran = await socialdb(['doctor', '--json', ...argv], { env: { ...urls, ...env } });
    const { checks = [] } = (ran.stdout ? JSON.parse(ran.stdout) : {}) as { checks?: Line[] };
    return { ...ran, checks, of: (name: string) => checks.find((check) => check.name === name) };
  };

  it('fails, and says so, when a store that is set cannot be reached', async () => {
    const { of, exitCode, stderr } = await doctor({ REDIS_URL: `redis://:secret@${NOBODY}` });
    assert.equal(exitCode, 1);
    assert.match(stderr, /redis-reachable/);
    assert.equal(of('redis-reachable')?.status, 'fail');
    assert.match(of('redis-reachable')?.detail ?? '', /redis:\/\/127.0.0.1:1 refuses connections/);
    assert.equal(of('postgresql-reachable')?.status, 'ok');
    assert.equal(of('maxmemory'), undefined);
    assert.doesNotMatch(stderr, /secret/);
  });

  it('ends with 3 when PostgreSQL cannot be reached, and has the other lines still', async () => {
    const { of, exitCode, stderr } = await doctor({
      DATABASE_URL: `postgres://u:secret@${NOBODY}/d`,
    });
    assert.equal(exitCode, 3);
    assert.equal(JSON.parse(stderr).error.code, 'postgres-unavailable');
    assert.equal(of('postgresql-reachable')?.status, 'fail');
    assert.equal(of('postgresql-reachable')?.fix?.includes('stack up'), true);
    assert.equal(of('redis-reachable')?.status, 'ok');
    assert.equal(of('maxmemory')?.status, 'ok');
    assert.equal(of('fsync'), undefined);
  });

  it('ends when all three accept and say nothing', async () => {
    const { checks, exitCode, stdout } = await doctor({
      DATABASE_URL: `postgres://u:secret@${mute()}/d`,
      REDIS_URL: `redis://:secret@${mute()}`,
      MONGODB_URL: `mongodb://u:secret@${mute()}/d`,
    });
    assert.equal(exitCode, 3);
    assert.deepEqual(
      checks.map(({ name, status }) => `${name} ${status}`),
      ['postgresql-reachable fail', 'redis-reachable fail', 'mongodb-reachable fail'],
    );
    assert.doesNotMatch(stdout, /secret/);
  });

  it('needs no Redis and no MongoDB', async () => {
    const { of } = await doctor({ REDIS_URL: '', MONGODB_URL: '' });
    assert.equal(of('redis-reachable')?.status, 'ok');
    assert.match(of('mongodb-reachable')?.detail ?? '', /kept in PostgreSQL/);
  });

  it('says what to do without any database', async () => {
    const { of, exitCode } = await doctor({ DATABASE_URL: '' });
    assert.equal(exitCode, 1);
    assert.equal(of('postgresql-reachable')?.fix, 'socialdb stack up');
  });

  it('runs the checks that are named, and leaves out those that are not wanted', async () => {
    const { checks } = await doctor({}, '--only', 'redis', 'fsync', '--skip', 'redis-clock');
    const names = checks.map(({ name }) => name);
    assert.deepEqual(names.slice(0, 2), ['fsync', 'redis-reachable']);
    assert.ok(!names.includes('redis-clock') && names.includes('eviction'));
    const wrong = await doctor({}, '--only', 'fsink');
    assert.equal(wrong.exitCode, 2);
    assert.match(JSON.parse(wrong.stderr).error.hint, /did you mean fsync/);
  });

  it("finds a clock that is off, whoever's it is", async () => {
    // This machine's is put an hour ahead, for this process.
    const ahead = 'const now = Date.now; Date.now = () => now() + 3_600_000';
    const env = {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(ahead)}`,
      ...(servers.mongodbUrl && { MONGODB_URL: servers.mongodbUrl }),
    };
    const { checks } = await doctor(env);
    const clocks = checks.filter(({ name }) => name.endsWith('-clock'));
    assert.equal(clocks.length, servers.mongodbUrl ? 3 : 2);
    for (const { status, detail, fix } of clocks) {
      assert.equal(status, 'fail', detail);
      assert.match(detail, /^(59|60) min \d+ s behind this machine's/);
      assert.match(fix ?? '', /timedatectl/);
    }
  });

  it('tells a role that may not see all what it could not see', async () => {
    const role = `doctor_${process.pid}`;
    await database.sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'pass'`);
    await database.sql.unsafe(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'pass';
    const { of, checks } = await doctor({ DATABASE_URL: url.href });
    await database.sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    assert.match(of('idle-transactions')?.detail ?? '', /without pg_monitor/);
    assert.deepEqual(
      checks.filter(({ detail }) => /permission denied/.test(detail)),
      [],
    );
  });

  it('shows a line each, by store, with its fix beneath, in 80 columns', async () => {
    await database.sql`INSERT INTO activity_backfill (source) VALUES ('likes')`;
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url };
    const { stdout } = await socialdb(['doctor'], { env });
    await database.sql`TRUNCATE activity_backfill`;
    assert.match(stdout, /^PostgreSQL\n✓ ok {4}postgresql-reachable {3}PostgreSQL \d+/);
    assert.match(
      stdout,
      /\n! warn {2}backfill +still to carry over: likes\n {8}\$ socialdb activity relay\n/,
    );
    assert.match(stdout, /\n\d+ ok, \d+ warn, \d+ fail\.\n$/);
    const long = stdout.split('\n').filter((line) => line.length > 80 && !line.includes('$'));
    assert.deepEqual(long, []);
  });
});
