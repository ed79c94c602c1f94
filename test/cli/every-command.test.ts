import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { buildProgram } from '../../src/cli/program.js';
import { useDatabase } from '../support/database.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';

/** Tested elsewhere: test/stack runs the stack's commands, .ci/run the demo, and a copy needs MongoDB. */
const ELSEWHERE = /^(stack|demo|help|completion|complete|activity copy)\b/;
/** They print text that is the data itself. */
const NO_JSON = /^(schema diagram)\b/;
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

describe('every command, through the built binary', () => {
  const database = useDatabase();
  const redis = useRedis();
  let folder: string;
  let post: string;
  const run = (...argv: string[]) =>
    socialdb(argv, { env: { DATABASE_URL: database.url, REDIS_URL: redis.url } });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socialdb-commands-'));
    await writeFile(join(folder, 'one.sql'), 'SELECT count(*) FROM posts');
    const seeded = await run('seed', '--users', '50', '--posts', '400', '--follows', '300');
    assert.equal(seeded.exitCode, 0, seeded.stderr);
    const posted = await run('post', 'alice', 'for the others', '--tag', 'coding', '--json');
    post = JSON.parse(posted.stdout).id;
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** What is typed behind each command, in an order in which all of them work. */
  const lines = (): Record<string, string[]> => ({
    migrate: [],
    'migrate status': [],
    'schema diagram': [],
    // A server for tests trades safety for speed, and says so.
    doctor: ['--skip', 'fsync', 'full-page-writes', 'maxmemory', 'statistics'],
    verify: [],
    'user add': ['zoe', '--email', 'zoe@example.org'],
    'user show': ['zoe'],
    'user list': [],
    follow: ['zoe', 'alice'],
    unfollow: ['zoe', 'bob'],
    followers: ['alice'],
    following: ['zoe'],
    post: ['zoe', 'hello', '--tag', 'coding'],
    comment: ['zoe', post, 'well said'],
    like: ['zoe', post],
    unlike: ['zoe', post],
    thread: [post],
    feed: ['zoe'],
    search: ['--tag', 'coding'],
    'cache stats': [],
    'cache show': ['zoe'],
    'cache warm': ['--readers', '5'],
    'cache verify': [],
    'cache clear': [],
    'activity relay': [],
    'activity tail': ['-n', '5'],
    'activity stats': [],
    'activity verify': [],
    'activity ttl': ['9999d', '--yes'],
    'explain feed': ['zoe'],
    'explain search': ['--tag', 'coding'],
    'explain sql': [join(folder, 'one.sql')],
    'index list': [],
    'index advise': [],
    'index drop': ['idx_posts_metadata_gin', '--yes'],
    'index add': ['idx_posts_metadata_gin'],
    report: [],
    lab: [],
    top: ['--once'],
    delete: [post, '--yes'],
    'user delete': ['zoe', '--yes'],
    'export jsonl': [join(folder, 'out')],
    'import stackexchange': [join(FIXTURES, 'stackexchange')],
    'import edges': [join(FIXTURES, 'edges.csv')],
    'import jsonl': [join(folder, 'out')],
    seed: ['--users', '5', '--posts', '5', '--follows', '5', '--append', '--seed', '9'],
  });

  it('ends well, with one JSON document on stdout', async () => {
    for (const [name, argv] of Object.entries(lines())) {
      const { stdout, stderr, exitCode } = await run(...name.split(' '), ...argv, '--json');
      assert.equal(exitCode, 0, `socialdb ${name}: ${stderr}`);
      if (name === 'activity tail') for (const line of stdout.trim().split('\n')) JSON.parse(line);
      else if (!NO_JSON.test(name)) assert.equal(typeof JSON.parse(stdout), 'object', name);
    }
  });

  it('is among those that this test knows', () => {
    const program = buildProgram({ write() {}, remind() {}, run: () => Promise.resolve() });
    const names = runnable(program).filter((name) => !ELSEWHERE.test(name));
    assert.deepEqual(names.sort(), Object.keys(lines()).sort());
  });
});

/** The names of all commands that do something, `migrate` and `migrate status` both. */
function runnable(command: Command, path: string[] = []): string[] {
  return command.commands.flatMap((child) => {
    const name = [...path, child.name()];
    const inner = runnable(child, name);
    // Commander keeps to itself whether a command has an action of its own.
    const acts = inner.length === 0 || child.name() === 'migrate';
    return acts ? [name.join(' '), ...inner] : inner;
  });
}
