import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { findProgram } from '../../src/stack/process.js';
import { passwordOf } from '../../src/stack/service.js';
import { stackSettings, statePath } from '../../src/stack/state.js';
import { openPostgres } from '../../src/stores/postgres.js';
import { pidIn, processesBelow, useLab } from '../support/lab.js';

const run = promisify(execFile);
const onLinux = process.platform === 'linux' ? false : 'only Linux shows its processes in /proc';
const redis = await findProgram('redis-server', 'valkey-server');

// As root, the home's mode of 0700 keeps the servers' user out, as /root does.
describe('the stack', () => {
  const lab = useLab();

  it('is told where there is none, with what to type', async () => {
    const services = await lab.services('stack', 'status');
    assert.deepEqual(
      services.map(({ name, state }) => `${name} ${state}`),
      ['postgres absent', 'redis absent', 'mongodb absent'],
    );
    const { exitCode, stderr } = await lab.run('stack', 'env');
    assert.equal(exitCode, 1);
    assert.match(stderr, /run: socialdb stack up/);
    assert.deepEqual(readdirSync(lab.home), [], 'asking made something');
  });

  it('starts PostgreSQL, and Redis where there is one', async () => {
    const [postgres, cache, mongodb] = await lab.services('stack', 'up');
    assert.equal(postgres?.state, 'running');
    assert.match(postgres?.version ?? '', /^18\./);
    assert.match(postgres?.address ?? '', /^postgres:\/\/127\.0\.0\.1:\d+\/socialdb$/);
    assert.equal(cache?.state, redis ? 'running' : 'absent');
    if (!redis) assert.match(cache?.reason ?? '', /install it: .*redis/);
    if (mongodb?.state !== 'running') assert.match(mongodb?.reason ?? '', /mongod/);
  });

  it('is kept by a second up', async () => {
    const before = [pidIn(lab, 'postgres/postmaster.pid'), stackSettings(lab.home)];
    await lab.services('stack', 'up');
    assert.deepEqual([pidIn(lab, 'postgres/postmaster.pid'), stackSettings(lab.home)], before);
  });

  it('keeps its passwords to itself', { skip: onLinux }, async () => {
    const passwords = Object.values(stackSettings(lab.home)).map((url) => passwordOf(url ?? ''));
    assert.ok(passwords.length > 0 && passwords.every((password) => password.length >= 32));
    assert.equal(statSync(statePath(lab.home)).mode & 0o777, 0o600);
    const { stdout, stderr } = await lab.run('stack', 'status', '--verbose');
    const logs = readdirSync(lab.folder).filter((name) => name.includes('.log'));
    const seen = [
      stdout,
      stderr,
      ...processesBelow(lab.folder),
      ...logs.map((name) => readFileSync(join(lab.folder, name), 'utf8')),
    ].join('\n');
    assert.match(seen, /postgres -D/);
    for (const password of passwords) assert.ok(!seen.includes(password));
  });

  it('listens on the loopback address only', { skip: onLinux }, () => {
    const listening = readFileSync('/proc/net/tcp', 'utf8');
    const listening6 = readFileSync('/proc/net/tcp6', 'utf8');
    for (const url of Object.values(stackSettings(lab.home))) {
      const port = Number(new URL(url ?? '').port)
        .toString(16)
        .toUpperCase()
        .padStart(4, '0');
      const here = new RegExp(`: ([0-9A-F]+):${port} 0+:0000 0A`, 'g');
      const addresses = [...listening.matchAll(here)].map(([, address]) => address);
      assert.deepEqual(addresses, ['0100007F']);
      assert.doesNotMatch(listening6, here);
    }
  });

  it('is what commands use', async () => {
    assert.equal((await lab.run('migrate')).exitCode, 0);
    assert.equal((await lab.run('migrate', 'status', '--exit-code')).exitCode, 0);
  });

  it('tells other tools its settings', async () => {
    const { stdout: lines } = await lab.run('stack', 'env');
    const script = `eval "$0"; printf '%s\\n' "$DATABASE_URL" "$REDIS_URL" "$MONGODB_URL"`;
    const { stdout } = await run('sh', ['-c', script, lines], { env: { MONGODB_URL: 'old' } });
    const { DATABASE_URL, REDIS_URL = '', MONGODB_URL = '' } = stackSettings(lab.home);
    assert.deepEqual(stdout.split('\n'), [DATABASE_URL, REDIS_URL, MONGODB_URL, '']);
    const sql = openPostgres(DATABASE_URL ?? '', { timeoutMs: 5_000 });
    const [row] = await sql`SELECT count(*) AS statements FROM pg_stat_statements`;
    await sql.end({ timeout: 1 });
    assert.ok(row?.statements > 0);
  });

  it('stops, and comes up again with its data and passwords', async () => {
    // The ports are last time's only if nobody has taken them meanwhile.
    const settings = () =>
      Object.entries(stackSettings(lab.home)).map(([name, url]) => [
        name,
        url?.replace(/:\d+\//, '/'),
      ]);
    const before = settings();
    const stopped = await lab.services('stack', 'down');
    assert.equal(stopped[0]?.state, 'stopped');
    assert.deepEqual(await lab.services('stack', 'status'), stopped);
    assert.deepEqual(stackSettings(lab.home), {});
    assert.match((await lab.run('migrate', 'status')).stderr, /socialdb stack up/);
    await lab.services('stack', 'up');
    assert.deepEqual(settings(), before);
    assert.equal((await lab.run('migrate', 'status', '--exit-code')).exitCode, 0);
  });

  it('is removed only when that is meant', { skip: onLinux }, async () => {
    const { folder } = lab;
    assert.equal((await lab.run('stack', 'destroy')).exitCode, 2);
    assert.match((await lab.run('stack', 'destroy', '--dry-run')).stdout, /would remove/);
    assert.equal((await lab.services('stack', 'status'))[0]?.state, 'running');
    assert.equal((await lab.run('stack', 'destroy', '--yes')).exitCode, 0);
    assert.deepEqual(readdirSync(lab.home), []);
    assert.ok(!existsSync(folder));
    assert.deepEqual(processesBelow(folder), []);
  });
});
