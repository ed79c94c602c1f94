import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { asAdmin, useDatabase } from '../support/database.js';
import { commandLines } from '../support/every-command.js';
import { useRedis } from '../support/redis.js';
import { inProcess } from '../support/shell.js';

const CANARY = 'canary9f3a71';

describe('a password', () => {
  const database = useDatabase();
  const redis = useRedis('--requirepass', CANARY);
  const role = `secret_${process.pid}`;
  let folder: string;
  let env: Record<string, string>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socialdb-secrets-'));
    await writeFile(join(folder, 'one.sql'), 'SELECT count(*) FROM posts');
    await asAdmin(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD '${CANARY}'`);
    env = {
      DATABASE_URL: withSecret(database.url, role),
      REDIS_URL: withSecret(redis.url, 'default'),
      MONGODB_URL: '',
    };
  });
  after(async () => {
    await asAdmin(`DROP ROLE ${role}`);
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (argv: readonly string[], urls: Record<string, string> = {}) => {
    const ran = await inProcess(argv, { env: { ...env, ...urls }, cwd: folder });
    const all = ran.stdout + ran.stderr;
    assert.ok(
      !all.includes(CANARY),
      `socialdb ${argv.join(' ')} prints it:\n${all.slice(0, 2_000)}`,
    );
    return ran;
  };

  it('is in nothing that any command prints, --verbose included, nor in any file it writes', async () => {
    await run(['seed', '--users', '30', '--posts', '120', '--follows', '90', '--verbose']);
    const posted = await run(['post', 'alice', 'hello', '--tag', 'coding', '--json']);
    const lines = commandLines({ folder, post: JSON.parse(posted.stdout).id });
    for (const [name, argv] of Object.entries(lines)) {
      const { exitCode, stderr } = await run([...name.split(' '), ...argv, '--verbose']);
      assert.equal(exitCode, 0, `${name}: ${stderr}`);
    }
    await run(['report', '--out', join(folder, 'report.html')]);
    await run(['explain', 'search', '--tag', 'coding', '--save', join(folder, 'plan.json')]);
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, file);
      if (statSync(path).isFile()) assert.ok(!(await readFile(path)).includes(CANARY), file);
    }
  });

  const authority = `u:${CANARY}@`;
  const malformed: Record<string, string[]> = {
    DATABASE_URL: [
      ...['127.0.0.1:99999/d', '127.0.0.1:abc/d', '%zz/d', '/d', '127.0.0.1:1', '127.0.0.1:1/%ff'],
      ...['[::1/d', '127.0.0.1:1/d?sslmode=nonsense', '127.0.0.1:1/d?x=%', '@127.0.0.1:1/d', ' /d'],
    ].map((rest) => `postgres://${authority}${rest}`),
    REDIS_URL: [
      ...['127.0.0.1:99999', '127.0.0.1:abc', '%zz', '', '127.0.0.1:1/x', '127.0.0.1:1/%ff'],
      ...['[::1', '127.0.0.1:1?family=9', '@127.0.0.1:1'],
    ].map((rest) => `redis://${authority}${rest}`),
    MONGODB_URL: [
      ...['127.0.0.1:99999/d', '127.0.0.1:abc/d', '%zz/d', '/d', '127.0.0.1:1/%ff', '[::1/d'],
      ...['127.0.0.1:1,/d', '127.0.0.1:1/d?x=y', '127.0.0.1:1/d?tls=perhaps', '@127.0.0.1:1/d'],
    ].map((rest) => `mongodb://${authority}${rest}`),
  };
  for (const [name, urls] of Object.entries(malformed)) {
    it(`is in no error about a ${name} that is malformed or leads nowhere`, async () => {
      for (const url of [...urls, CANARY, `http://${authority}host`]) {
        for (const argv of [
          ['feed', 'alice'],
          ['activity', 'tail'],
          ['cache', 'stats'],
          ['post', 'alice', 'x'],
        ]) {
          for (const more of [[], ['--verbose'], ['--json']]) {
            const { exitCode, stderr } = await run([...argv, ...more], {
              [name]: url,
              SOCIALDB_TIMEOUT_MS: '500',
            });
            const line = `${url} ${argv.join(' ')}: exit ${exitCode}\n${stderr}`;
            assert.ok([0, 1, 2, 3].includes(exitCode ?? -1), line);
            if (!more.includes('--verbose')) assert.doesNotMatch(stderr, /^ +at /m, line);
          }
        }
      }
    });
  }

  it('of an embedded server is in no process list, and in no file that others can read', (test) => {
    const home = process.env.SOCIALDB_TEST_HOME;
    const state = home && statSync(join(home, 'stack.json'), { throwIfNoEntry: false });
    if (!home || !state) return test.skip('the tests run on servers of somebody else');
    const { services } = JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8'));
    const passwords = services.map(({ url }: { url: string }) => new URL(url).password);
    assert.ok(passwords.length > 0 && passwords.every((one: string) => one.length > 8));
    assert.equal(state.mode & 0o777, 0o600);
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    for (const password of passwords) assert.ok(!processes.includes(password));
    for (const path of readableByOthers(home)) {
      const text = readFileSync(path);
      for (const password of passwords) assert.ok(!text.includes(password), path);
    }
  });
});

function withSecret(url: string, user: string): string {
  const named = new URL(url);
  named.username = user;
  named.password = CANARY;
  return named.href;
}

/** Files that another user could open: what lies below a closed folder is closed. */
function* readableByOthers(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
    if (entry.isDirectory() && mode & 0o001) yield* readableByOthers(path);
    if (entry.isFile() && mode & 0o004) yield path;
  }
}
