import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openPostgres } from '../src/stores/postgres.js';
import { asAdmin, servers, urlOf } from './support/database.js';
import { consoleBlocks, formatBlock, gist, runInShell } from './support/readme.js';
import { useRedis } from './support/redis.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = join(ROOT, 'README.md');
const BINARY = fileURLToPath(new URL('../bin/socialdb.js', import.meta.url));
const DIAGRAM = /(<!-- made by socialdb schema diagram -->\n```mermaid\n)[\s\S]*?(```)/;
/** `npm run readme` writes what the commands print; otherwise README must say so already. */
const UPDATE = process.env.SOCIALDB_UPDATE === '1';

describe('README', () => {
  const redis = useRedis();
  const database = `socialdb_readme_${process.pid}`;
  let folder: string;
  let env: Record<string, string | undefined>;
  before(async () => {
    await asAdmin(`CREATE DATABASE ${database}`);
    folder = await mkdtemp(join(tmpdir(), 'socialdb-readme-'));
    await writeFile(
      join(folder, 'socialdb'),
      `#!/bin/sh\nexec '${process.execPath}' '${BINARY}' "$@"\n`,
    );
    await chmod(join(folder, 'socialdb'), 0o755);
    env = {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
      DATABASE_URL: urlOf(database),
      REDIS_URL: redis.url,
      MONGODB_URL: '',
      NO_COLOR: '1',
    };
    // A slow machine leaves the rest of a load's events to the relay.
    await runInShell('socialdb migrate && socialdb seed && socialdb activity relay', env);
  });
  after(async () => {
    await asAdmin(`DROP DATABASE ${database} WITH (FORCE)`);
    await rm(folder, { recursive: true, force: true });
  });

  // The screens first: README's tour adds to the network.
  for (const file of [join(ROOT, 'docs/screens.md'), README]) {
    it(`shows what its commands print, in ${basename(file)}`, {
      timeout: 120_000,
    }, async (test) => {
      // Which technique compares indexes, and why not a better one, depends on what the server offers.
      if (await offersHypopg())
        return test.skip('README and docs/screens.md show a server without HypoPG');
      let markdown = await readFile(file, 'utf8');
      const blocks = consoleBlocks(markdown);
      assert.ok(blocks.length > 0);
      for (const { text, commands } of blocks) {
        const seen: { command: string; output: string }[] = [];
        for (const { command } of commands) {
          seen.push({ command, output: await runInShell(command, env) });
        }
        if (UPDATE) markdown = markdown.replace(text, () => formatBlock(seen));
        else
          assert.equal(gist(formatBlock(commands)), gist(formatBlock(seen)), 'run: npm run readme');
      }
      if (UPDATE) await writeFile(file, markdown);
    });
  }

  it('shows the schema that there is', async () => {
    const markdown = await readFile(README, 'utf8');
    assert.match(markdown, DIAGRAM);
    const diagram = await runInShell('socialdb schema diagram', env);
    assert.match(diagram, /^erDiagram\n/);
    const current = markdown.replace(DIAGRAM, (_, open, close) => `${open}${diagram}\n${close}`);
    if (UPDATE) await writeFile(README, current);
    else assert.equal(markdown, current, 'run: npm run readme');
  });

  it('shows how to use the library, which compiles and runs', { timeout: 120_000 }, async () => {
    const markdown = await readFile(README, 'utf8');
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(markdown) ?? [];
    assert.match(example, /readFeed/);
    const consumer = await mkdtemp(join(tmpdir(), 'socialdb-consumer-'));
    try {
      await mkdir(join(consumer, 'node_modules/@types'), { recursive: true });
      await symlink(ROOT, join(consumer, 'node_modules/socialdb'));
      await symlink(
        join(ROOT, 'node_modules/@types/node'),
        join(consumer, 'node_modules/@types/node'),
      );
      await writeFile(join(consumer, 'package.json'), '{"type": "module"}');
      await writeFile(join(consumer, 'example.ts'), example);
      const tsc = join(ROOT, 'node_modules/.bin/tsc');
      const options = '--strict --module nodenext --target es2023 --types node example.ts';
      const ran = `cd '${consumer}' && '${tsc}' ${options} && '${process.execPath}' example.js`;
      assert.match(await runInShell(ran, env), /^(cache|database) 20$/);
    } finally {
      await rm(consumer, { recursive: true, force: true });
    }
  });

  it('names the commands that CI runs', async () => {
    const ci = await readFile(new URL('../.ci/run', import.meta.url), 'utf8');
    const markdown = await readFile(README, 'utf8');
    assert.match(markdown, /^ {4}npm ci && npm run demo$/m);
    assert.match(markdown, /^ {4}npm ci && npm test$/m);
    assert.match(ci, /^npm ci && npm test \|\| exit 1$/m);
    assert.match(ci, /npm run demo$/m);
  });
});

async function offersHypopg(): Promise<boolean> {
  const sql = openPostgres(servers.databaseUrl, { timeoutMs: 10_000 });
  const [row] = await sql`
    SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg') AS there`;
  await sql.end({ timeout: 1 });
  return Boolean(row?.there);
}
