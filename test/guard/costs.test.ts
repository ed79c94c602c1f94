import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { completePlan } from '../../src/dataset/seed/plan.js';
import { seed } from '../../src/dataset/seed/seed.js';
import { openPostgres } from '../../src/stores/postgres.js';
import { useDatabase } from '../support/database.js';
import { useRedis } from '../support/redis.js';
import { commandCosts, loadedCode } from './commands.js';
import { queryCosts } from './queries.js';

const TABLE = new URL('costs.md', import.meta.url);
/** `npm run costs` writes the table anew; otherwise what is measured must stand in it already. */
const UPDATE = process.env.SOCIALDB_UPDATE === '1';
/** Plans differ from version to version: the table is that of the embedded one. */
const VERSION = 18;
/** Below 30,000 rows in each table ANALYZE looks at all of them, and the plans are the same each time. */
const NETWORK = { users: 1_000, posts: 20_000, follows: 25_000, comments: 5_000, likes: 10_000 };

describe('what does not wobble', () => {
  const database = useDatabase();
  const redis = useRedis();
  before(async () => {
    const { sql } = database;
    for (const name of ['users', 'posts', 'followers', 'comments', 'likes', 'outbox']) {
      await sql.unsafe(`ALTER TABLE ${name} SET (autovacuum_enabled = off)`);
    }
    await seed(sql, completePlan(NETWORK));
    // The relay at the end of each write would go on with these for as long as its budget lasts.
    await sql`DELETE FROM activity_backfill`;
    await sql`VACUUM ANALYZE`;
  });

  it('is what each query reads', async (test) => {
    const [server] = await database.sql<{ version: number }[]>`
      SELECT current_setting('server_version_num')::int / 10000 AS version`;
    if (server?.version !== VERSION) {
      test.skip(`the table is PostgreSQL ${VERSION}'s; this one is ${server?.version}`);
      return;
    }
    // One connection: the second run is to find what the first has read of the catalog.
    const sql = openPostgres(database.url, { timeoutMs: 60_000, max: 1, keep: true });
    const costs = await queryCosts(sql);
    await sql.end({ timeout: 1 });
    const measured = new Set(costs.map(({ query }) => `${query}.sql`));
    const files = await readdir(new URL('../../sql/queries/', import.meta.url));
    assert.deepEqual([...measured].sort(), files.sort(), 'every query is measured');
    await expect('queries', costs);
  });

  it('is what each command asks of the servers', async () => {
    const urls = { databaseUrl: database.url, redisUrl: redis.url };
    const post = '019aa000-0000-7000-8000-000000000002';
    const [author] = await database.sql<{ id: string }[]>`
      SELECT id FROM users WHERE username = 'bob'`;
    await database.sql`
      INSERT INTO posts (id, user_id, content) VALUES (${post}, ${author?.id ?? ''}, 'guarded')`;
    await expect(
      'commands',
      await commandCosts(urls, [
        ['migrate', 'status'],
        ['user', 'add', 'zoe', '--email', 'zoe@example.org'],
        ['user', 'show', 'zoe'],
        ['follow', 'zoe', 'bob'],
        ['follow', 'zoe', 'bob'],
        ['feed', 'zoe', '--no-cache'],
        ['feed', 'zoe'],
        ['feed', 'zoe'],
        ['post', 'zoe', 'hello', '--tag', 'coding'],
        ['comment', 'zoe', post, 'well said'],
        ['like', 'zoe', post],
        ['thread', post],
        ['search', '--tag', 'coding'],
        ['followers', 'bob'],
        ['unfollow', 'zoe', 'bob'],
        ['activity', 'tail', '-n', '5'],
        ['cache', 'show', 'zoe'],
      ]),
    );
  });

  it('is what a start loads', async () => {
    const urls = { databaseUrl: database.url, redisUrl: redis.url };
    const costs = [];
    for (const line of ['--help', 'feed --help', 'user show alice', 'feed alice --no-cache']) {
      costs.push(await loadedCode(line.split(' '), urls));
    }
    costs.push(await loadedCode(['feed', 'alice'], urls));
    await expect('start', costs);
  });
});

/** A section of the table is as it was; a change of it is made on purpose. */
async function expect<Row extends object>(section: string, rows: readonly Row[]): Promise<void> {
  const table = await readFile(TABLE, 'utf8');
  const part = new RegExp(`(<!-- ${section} -->\n)[\\s\\S]*?(<!-- end -->)`);
  const current = table.replace(
    part,
    (_, open, close) => `${open}\n${markdownTable(rows)}\n\n${close}`,
  );
  assert.match(table, part);
  if (UPDATE) await writeFile(TABLE, current);
  else assert.equal(current, table, 'if the change is meant: npm run costs');
}

function markdownTable<Row extends object>(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {}) as (keyof Row & string)[];
  const titles = columns.map((name) =>
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  );
  const lines = [titles, ...rows.map((row) => columns.map((column) => String(row[column])))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const show = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = lines;
  return [show(head), show(widths.map((width) => '-'.repeat(width))), ...body.map(show)].join('\n');
}
