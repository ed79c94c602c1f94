import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportJsonl } from '../../../src/dataset/jsonl/export.js';
import { importJsonl } from '../../../src/dataset/jsonl/import.js';
import { completePlan } from '../../../src/dataset/seed/plan.js';
import { seed } from '../../../src/dataset/seed/seed.js';
import { count } from '../../../src/output/text.js';
import { migrate } from '../../../src/schema/migrations.js';
import type { Sql } from '../../../src/stores/postgres.js';
import type { Bench } from '../bench.js';
import { withPool } from '../network.js';
import { clientEnvironment, clientProgram } from '../pgbench.js';
import { type Figure, type Row, share } from '../row.js';
import { postsOf } from '../scale.js';
import { makeDatabase } from '../servers.js';
import { inTurns } from '../turns.js';

const AT_LEAST = 1.2;
const DATABASE = 'bench_load';
const TABLES = ['users', 'posts', 'followers'] as const;
/** Of the network's size, so that a turn takes seconds and not a minute. */
const PART = 5;

export const load: Row = {
  key: 'load',
  title: 'Seed and import',
  columns: ['socialdb', 'psql'],
  method: `Rows a second into an empty, migrated database: \`seed\`, which makes the rows, counts and runs
ANALYZE, and \`import jsonl\` of the same rows, against one stream of psql's COPY of them from files, the
indexes and keys dropped before and built afterwards.`,
  async measure(bench) {
    const psql = await clientProgram('psql');
    const folder = await mkdtemp(join(tmpdir(), 'socialdb-load-'));
    try {
      const plan = planOf(bench);
      const rows = plan.users + plan.posts + plan.follows;
      bench.log(`load: ${rows} rows, by seed, import and psql`);
      const url = await emptyDatabase(bench);
      const input = await prepare(url, psql, folder, plan);
      const empty = () => emptyDatabase(bench);
      const perSecond = (ms: number) => (rows / ms) * 1_000;
      const [bySeed = 0, byImport = 0, byPsql = 0] = await inTurns(
        [
          async () => perSecond(await elapsed(await empty(), (sql) => seed(sql, plan))),
          async () =>
            perSecond(await elapsed(await empty(), (sql) => importJsonl(sql, input.jsonl))),
          async () => perSecond(await psqlMs(psql, await empty(), input.script)),
        ],
        Math.ceil(bench.scale.rounds / 3),
      );
      return [
        share(`seed, ${count(rows)} rows`, 'rows/s', { measured: bySeed, against: byPsql }, LIMIT),
        share(
          `import jsonl, ${count(rows)} rows`,
          'rows/s',
          { measured: byImport, against: byPsql },
          LIMIT,
        ),
      ] satisfies Figure[];
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

const LIMIT = { atLeast: AT_LEAST };

function planOf({ scale }: Bench) {
  const part = (whole: number) => Math.round(whole / PART);
  return completePlan({
    users: part(scale.users),
    follows: part(scale.follows),
    posts: part(postsOf(scale)),
    comments: 0,
    likes: 0,
  });
}

async function emptyDatabase({ servers }: Bench): Promise<string> {
  const url = await makeDatabase(servers, DATABASE);
  await withPool(url, migrate);
  return url;
}

function elapsed(url: string, work: (sql: Sql) => Promise<unknown>): Promise<number> {
  return withPool(url, async (sql) => {
    const started = performance.now();
    await work(sql);
    return performance.now() - started;
  });
}

interface Input {
  /** The folder of the export. */
  readonly jsonl: string;
  /** What psql runs. */
  readonly script: string;
}

/** Seeds once, and writes the rows down for import and for psql. */
async function prepare(
  url: string,
  psql: string,
  folder: string,
  plan: Parameters<typeof seed>[1],
): Promise<Input> {
  const jsonl = join(folder, 'jsonl');
  const indexes = await withPool(url, async (sql) => {
    await seed(sql, plan);
    await exportJsonl(sql, jsonl);
    return indexStatements(sql);
  });
  const file = (table: string) => join(folder, `${table}.copy`);
  const out = TABLES.map((table) => `\\copy ${table} TO '${file(table)}'`);
  await runPsql(psql, url, await written(folder, 'out.sql', out));
  const script = await written(folder, 'in.sql', [
    ...indexes.map(({ dropping }) => `${dropping};`),
    ...TABLES.map((table) => `\\copy ${table} FROM '${file(table)}'`),
    "SET maintenance_work_mem = '256MB';",
    ...indexes.toReversed().map(({ creating }) => `${creating};`),
  ]);
  return { jsonl, script };
}

async function written(folder: string, name: string, lines: string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

async function psqlMs(psql: string, url: string, script: string): Promise<number> {
  const started = performance.now();
  await runPsql(psql, url, script);
  return performance.now() - started;
}

async function runPsql(psql: string, url: string, script: string): Promise<void> {
  const options = ['--no-psqlrc', '--quiet', '--single-transaction', '--set=ON_ERROR_STOP=1'];
  await promisify(execFile)(psql, [...options, `--file=${script}`], {
    env: clientEnvironment(url),
  });
}

interface Part {
  readonly dropping: string;
  readonly creating: string;
}

/** Drops and makes what stands on the three tables: foreign keys first, then keys, then indexes. */
async function indexStatements(sql: Sql): Promise<Part[]> {
  return [
    ...(await sql<Part[]>`
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS dropping,
             format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                    pg_get_constraintdef(oid)) AS creating
        FROM pg_constraint
       WHERE contype IN ('f', 'p', 'u')
         AND (conrelid::regclass::text = ANY (${`{${TABLES}}`}::text[])
              OR confrelid::regclass::text = ANY (${`{${TABLES}}`}::text[]))
       ORDER BY contype <> 'f', conname`),
    ...(await sql<Part[]>`
      SELECT format('DROP INDEX %s', indexrelid::regclass) AS dropping,
             pg_get_indexdef(indexrelid) AS creating
        FROM pg_index
       WHERE indrelid::regclass::text = ANY (${`{${TABLES}}`}::text[])
         AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
       ORDER BY indexrelid`),
  ];
}
