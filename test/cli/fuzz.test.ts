import assert from 'node:assert/strict';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { jsonLine } from '../../src/output/text.js';
import { createPost, findPost } from '../../src/social/posts.js';
import { commandLine, type Line } from '../support/command-lines.js';
import { useDatabase } from '../support/database.js';
import { hostileJson, hostileText } from '../support/hostile.js';
import { useRedis } from '../support/redis.js';
import { inProcess } from '../support/shell.js';
import type { Ran } from '../support/socialdb.js';
import { openStores } from '../support/stores.js';

/** SOCIALDB_RUNS=100000 is the long form: npm run test:fuzz */
const RUNS = Number(process.env.SOCIALDB_RUNS ?? 2_000);
const SEED = Number(process.env.SOCIALDB_SEED ?? 20261124);
/** On one database: what many lines leave there would slow those that follow. */
const PORTION = 5_000;
const PORTIONS = Math.ceil(RUNS / PORTION);
const DOCUMENTS = Math.ceil((RUNS / PORTIONS) * 0.8);
const LINES = Math.ceil((RUNS / PORTIONS) * 0.2);
/** Through the whole tool, cache included, where all are looked at in the database. */
const SHOWN_EVERY = 50;

const NOBODY = 65_534;
const CONTROL = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u;

for (let portion = 0; portion < PORTIONS; portion++) {
  describe(`whatever is typed, ${portion + 1} of ${PORTIONS}`, () => fuzz(SEED + portion));
}

function fuzz(seed: number): void {
  const database = useDatabase();
  const redis = useRedis();
  let folder: string;
  const run = (argv: readonly string[], stdin?: string) =>
    inProcess(argv, {
      env: { DATABASE_URL: database.url, REDIS_URL: redis.url, SOCIALDB_TIMEOUT_MS: '60000' },
      cwd: folder,
      ...(stdin !== undefined && { stdin }),
    });

  const home = process.cwd();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'socialdb-fuzz-'));
    // Whatever is typed may name a file to write: it lies in a folder of its own, and root is nobody.
    process.chdir(folder);
    if (process.getuid?.() === 0) {
      await chown(folder, NOBODY, NOBODY);
      process.setegid?.(NOBODY);
      process.seteuid?.(NOBODY);
    }
    await assert.rejects(writeFile('/etc/socialdb-fuzz', ''), 'it could write where it should not');
    const seeded = await run(['seed', '--users', '30', '--posts', '120', '--follows', '90']);
    assert.equal(seeded.exitCode, 0, seeded.stderr);
    await run(['user', 'add', 'reader', '--email', 'reader@example.org']);
    await run(['follow', 'reader', 'alice']);
    await writeFile(join(folder, 'edges.csv'), 'a,b\nb,c\n');
  });
  after(async () => {
    if (process.getuid?.() === 0) {
      process.seteuid?.(0);
      process.setegid?.(0);
    }
    process.chdir(home);
    await rm(folder, { recursive: true, force: true });
  });

  it(`ends well or is refused in ${LINES} command lines, and no refusal changes anything`, {
    timeout: 7_200_000,
  }, async () => {
    const ends: Record<string, number> = {};
    const rows = await database.sql<{ id: string }[]>`SELECT id FROM posts ORDER BY id LIMIT 30`;
    const posts = rows.map(({ id }) => id);
    const property = fc.asyncProperty(commandLine(posts), async ({ argv, stdin }: Line) => {
      const before = await fingerprint();
      const ran = await run(argv, stdin);
      check(argv, ran);
      ends[String(ran.exitCode)] = (ends[String(ran.exitCode)] ?? 0) + 1;
      if (ran.exitCode === 2) assert.deepEqual(await fingerprint(), before);
    });
    await fc.assert(property, { numRuns: LINES, seed, endOnFailure: true });
    console.log(`exit codes: ${JSON.stringify(ends)}`);
    // Lines that are all refused would prove little.
    assert.ok((ends[0] ?? 0) > LINES / 10 && (ends[2] ?? 0) > LINES / 10);
  });

  it(`keeps ${DOCUMENTS} documents and texts as they were given, or refuses them`, {
    timeout: 7_200_000,
  }, async () => {
    const stores = openStores({ databaseUrl: database.url, redisUrl: redis.url });
    let kept = 0;
    let refused = 0;
    const property = fc.asyncProperty(hostileJson, hostileText, async (metadata, content) => {
      const posted = await createPost(stores, { author: 'alice', content, metadata }).catch(
        (error) => {
          assert.equal(error.exitCode, 2, `${metadata}: ${error.stack}`);
          assert.doesNotMatch(error.message, /\n/);
        },
      );
      if (!posted) refused++;
      else await sameAsGiven(posted.id, metadata, content, ++kept % SHOWN_EVERY === 0);
    });
    try {
      await fc.assert(property, { numRuns: DOCUMENTS, seed, endOnFailure: true });
    } finally {
      await stores.close();
    }
    const [row] = await database.sql`SELECT count(*) FROM outbox WHERE event ->> 'type' = 'posted'`;
    console.log(`documents: ${kept} kept as given, ${refused} refused`);
    assert.ok(row?.count >= kept && kept > DOCUMENTS / 10 && refused > DOCUMENTS / 10);
  });

  /** PostgreSQL judges: it reads numbers of any size. */
  async function sameAsGiven(id: string, metadata: string, content: string, everywhere: boolean) {
    // Of two equal keys jsonb keeps one, so what has two may not come this far.
    assert.ok(!hasTwins(metadata), `a key twice: ${metadata}`);
    const shown = [[jsonLine({ post: await findPost(database.sql, id) }), '{post}']];
    if (everywhere) {
      shown.push([await json('thread', id), '{post}']);
      // The first read fills the cache, the second is served from it.
      shown.push([await json('feed', 'reader'), '{posts,0}']);
      let cached = '';
      // On a machine that has much to do Redis may be too late, and the page comes from the database.
      for (let tries = 0; tries < 10 && !cached.includes('"source": "cache"'); tries++) {
        cached = await json('feed', 'reader');
      }
      assert.equal(JSON.parse(cached).source, 'cache');
      shown.push([cached, '{posts,0}']);
    }
    for (const [text = '', path = ''] of shown) {
      const [row] = await database.sql`
        SELECT content = ${content} AND metadata = ${metadata}::text::jsonb AS stored,
               shown #> '{id}' = to_jsonb(id) AND shown #> '{content}' = to_jsonb(content)
                 AND shown #> '{metadata}' = metadata AS shown
          FROM posts, LATERAL (SELECT ${text}::text::jsonb #> ${path}::text::text[]) AS one (shown)
         WHERE id = ${id}`;
      assert.deepEqual({ ...row }, { stored: true, shown: true }, `${metadata}\n${text}`);
    }
  }

  async function json(...argv: string[]): Promise<string> {
    const ran = await run([...argv, '--json']);
    check(argv, ran);
    return ran.stdout;
  }

  async function fingerprint(): Promise<unknown> {
    const [row] = await database.sql`
      SELECT (SELECT md5(string_agg(u::text, '' ORDER BY id)) FROM users u) AS users,
             (SELECT count(*) FROM posts) AS posts, (SELECT count(*) FROM comments) AS comments,
             (SELECT count(*) FROM followers) AS follows, (SELECT count(*) FROM likes) AS likes,
             (SELECT count(*) FROM pg_class) AS relations`;
    return { ...row };
  }
}

/** What holds for every command line, whatever it says. */
function check(argv: readonly string[], { stdout, stderr, exitCode }: Ran): void {
  const line = `socialdb ${JSON.stringify(argv).slice(0, 2_000)}\n${stderr.slice(0, 2_000)}`;
  assert.ok([0, 1, 2].includes(exitCode ?? -1), `exit ${exitCode}: ${line}`);
  assert.doesNotMatch(stdout, CONTROL, `a control character on stdout: ${line}`);
  assert.doesNotMatch(stderr, CONTROL, `a control character on stderr: ${line}`);
  if (!argv.includes('--verbose')) {
    assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m, `a stack: ${line}`);
  }
  if (exitCode !== 0) assert.notEqual(stderr, '', `no reason given: ${line}`);
}

/** Whether an object in a JSON text has a key twice: what is left of it is shorter then. */
function hasTwins(json: string): boolean {
  let twins = false;
  const names: Set<string>[] = [];
  // Walks the text itself, character by character, unlike what is tested.
  for (let at = 0; at < json.length; at++) {
    const sign = json[at];
    if (sign === '{') names.push(new Set());
    if (sign === '[') names.push(new Set());
    if (sign === '}' || sign === ']') names.pop();
    if (sign !== '"') continue;
    const start = at;
    for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
    const isKey = /^\s*:/.test(json.slice(at + 1, at + 9));
    if (!isKey) continue;
    const name = JSON.parse(json.slice(start, at + 1));
    twins ||= names.at(-1)?.has(name) ?? false;
    names.at(-1)?.add(name);
  }
  return twins;
}
