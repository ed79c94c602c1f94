import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { useDatabase } from '../support/database.js';
import { commandLines, commandNames } from '../support/every-command.js';
import { useRedis } from '../support/redis.js';
import { socialdb } from '../support/socialdb.js';

/** Tested elsewhere: test/stack runs the stack's commands, .ci/run the demo, and a copy needs MongoDB. */
const ELSEWHERE = /^(stack|demo|help|completion|complete|activity copy)\b/;
/** They print text that is the data itself. */
const NO_JSON = /^(schema diagram)\b/;

describe('every command, through the built binary', () => {
  const database = useDatabase();
  const redis = useRedis();
  let folder: string;
  let post: string;
  const run = (...argv: string[]) =>
    socialdb(argv, {
      env: {
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        SOCIALDB_TIMEOUT_MS: '20000',
      },
    });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socialdb-commands-'));
    await writeFile(join(folder, 'one.sql'), 'SELECT count(*) FROM posts');
    const seeded = await run('seed', '--users', '50', '--posts', '400', '--follows', '300');
    assert.equal(seeded.exitCode, 0, seeded.stderr);
    const posted = await run('post', 'alice', 'for the others', '--tag', 'coding', '--json');
    post = JSON.parse(posted.stdout).id;
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('ends well, with one JSON document on stdout', async () => {
    for (const [name, argv] of Object.entries(commandLines({ post, folder }))) {
      const { stdout, stderr, exitCode } = await run(...name.split(' '), ...argv, '--json');
      assert.equal(exitCode, 0, `socialdb ${name}: ${stderr}`);
      if (name === 'activity tail') for (const line of stdout.trim().split('\n')) JSON.parse(line);
      else if (!NO_JSON.test(name)) assert.equal(typeof JSON.parse(stdout), 'object', name);
    }
  });

  it('is among those that this test knows', () => {
    const names = commandNames().filter((name) => !ELSEWHERE.test(name));
    assert.deepEqual(names.sort(), Object.keys(commandLines({ post, folder })).sort());
  });
});
