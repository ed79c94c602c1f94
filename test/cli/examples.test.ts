import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { cliPages } from '../../scripts/cli-pages.js';
import { readFeed } from '../../src/feed/page.js';
import { follow } from '../../src/social/follow.js';
import { asAdmin, servers, urlOf } from '../support/database.js';
import { runInShell } from '../support/readme.js';
import { useRedis } from '../support/redis.js';
import { openStores, type TestStores } from '../support/stores.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../../fixtures/stackexchange/', import.meta.url));
const POST = '0199aa11-0000-7000-8000-000000000001';
/** Tests of their own run them: they start servers, fill a terminal, or need MongoDB. */
const ELSEWHERE = /^(stack|demo|lab|top|bench|activity copy)\b/;
/** They go on until Ctrl-C, which comes after a while. */
const ENDLESS = /--(watch|follow)\b/;
/** It says, rightly, that a server for tests trades safety for speed. */
const FINDS_SOMETHING = /^socialdb doctor\b/;
/** They want an empty database. */
const EMPTY = /^socialdb (seed|import)\b/;

describe("each help page's examples run", () => {
  const redis = useRedis();
  const database = `${servers.template}_examples`;
  const pages = cliPages().filter(({ name }) => !ELSEWHERE.test(name));
  let root: string;
  let env: Record<string, string | undefined>;
  let stores: TestStores;
  let line = 0;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'socialdb-examples-'));
    const programs = join(root, 'bin');
    await mkdir(programs);
    await program(join(programs, 'socialdb'), `exec '${process.execPath}' '${BINARY}' "$@"`);
    await program(join(programs, 'fortune'), 'echo "You will read a plan today."');
    await asAdmin(`CREATE DATABASE ${database} TEMPLATE ${servers.template}`);
    env = {
      ...process.env,
      PATH: `${programs}:${process.env.PATH}`,
      HOME: root,
      SOCIALDB_HOME: join(root, 'none'),
      DATABASE_URL: urlOf(database),
      REDIS_URL: redis.url,
      MONGODB_URL: '',
      SOCIALDB_TIMEOUT_MS: '30000',
    };
    stores = openStores({ databaseUrl: urlOf(database), redisUrl: redis.url });
    await runInShell('socialdb seed --users 400 --quiet', env);
    // Of a small network: five examples load it.
    const few = 'socialdb seed --users 20 --posts 40 --follows 60 --quiet';
    const small = `${database}_small`;
    await asAdmin(`CREATE DATABASE ${small} TEMPLATE ${servers.template}`);
    const other = { ...env, DATABASE_URL: urlOf(small) };
    await runInShell(`cd '${root}' && ${few} && socialdb export jsonl backup --quiet`, other);
    await asAdmin(`DROP DATABASE ${small} WITH (FORCE)`);
  });
  after(async () => {
    await stores.close();
    await asAdmin(`DROP DATABASE ${database} WITH (FORCE)`);
    await rm(root, { recursive: true, force: true });
  });

  for (const { name, examples } of pages) {
    it(`socialdb ${name}`, { timeout: 180_000 }, async (test) => {
      assert.ok(examples.length >= 2, 'has two examples');
      for (const example of examples) {
        if (/\bjq\b/.test(example) && !offers('jq')) {
          test.diagnostic(`not run, since there is no jq: ${example}`);
          continue;
        }
        await run(example);
      }
    });
  }

  async function run(example: string): Promise<void> {
    const folder = join(root, `${++line}`);
    await furnish(folder, example);
    const empty = EMPTY.test(example) ? `${database}_${line}` : undefined;
    if (empty) await asAdmin(`CREATE DATABASE ${empty} TEMPLATE ${servers.template}`);
    try {
      const ended = ENDLESS.test(example)
        ? `timeout --preserve-status -s INT 5 bash -c ${quoted(example)} || test $? = 130`
        : `${example}\n${FINDS_SOMETHING.test(example) ? 'test $? -le 1' : ''}`;
      await runInShell(`cd '${folder}' && { ${ended}\n}`, {
        ...env,
        ...(empty && { DATABASE_URL: urlOf(empty) }),
      });
    } finally {
      if (empty) await asAdmin(`DROP DATABASE ${empty} WITH (FORCE)`);
    }
  }

  /** The files, people and posts that the examples speak of. */
  async function furnish(folder: string, example: string): Promise<void> {
    await mkdir(join(folder, 'dump'), { recursive: true });
    await mkdir(join(root, '.config/fish/completions'), { recursive: true });
    await cp(FIXTURES, join(folder, 'dump'), { recursive: true });
    await cp(FIXTURES, join(folder, 'quantumcomputing.stackexchange.com'), { recursive: true });
    const edges = '0 1\n0 2\n1 2\n';
    await writeFile(join(folder, 'facebook.txt.gz'), gzipSync(edges));
    await writeFile(join(folder, 'facebook_combined.txt.gz'), gzipSync(edges));
    await writeFile(join(folder, 'slashdot.csv'), 'from,to\na,b\nb,c\n');
    await writeFile(join(folder, 'answer.txt'), 'Well said.\n');
    await writeFile(
      join(folder, 'slow.sql'),
      'SELECT id FROM posts ORDER BY created_at DESC, id DESC LIMIT 20',
    );
    if (example.includes('import'))
      await cp(join(root, 'backup'), join(folder, 'backup'), { recursive: true });
    const sql = stores.postgres();
    await sql`INSERT INTO users (username, email) VALUES ('bob', 'bob@example.org') ON CONFLICT DO NOTHING`;
    await sql`
      INSERT INTO posts (id, user_id, content) SELECT ${POST}, id, 'hello' FROM users
       WHERE username = 'alice' ON CONFLICT DO NOTHING`;
    // What came past the verbs has no event, which verify would say.
    await sql`INSERT INTO activity_backfill (source) VALUES ('users'), ('posts')`;
    await follow(stores, 'alice', 'bob');
    await readFeed(stores, 'alice', { limit: 20, strategy: 'auto', cache: true });
  }
});

async function program(path: string, command: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${command}\n`);
  await chmod(path, 0o755);
}

function offers(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
