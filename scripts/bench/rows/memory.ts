import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { count } from '../../../src/output/text.js';
import { migrate } from '../../../src/schema/migrations.js';
import { buildWhatChanged } from '../../build-what-changed.js';
import type { Bench } from '../bench.js';
import { BINARY } from '../binary.js';
import { withPool } from '../network.js';
import { type Figure, type Row, share } from '../row.js';
import { makeDatabase } from '../servers.js';

const REPORTER = fileURLToPath(new URL('../max-rss.cjs', import.meta.url));
const DATABASE = 'bench_memory';
/** What the garbage collector leaves lying about differs from run to run. */
const TIMES = 1.25;

export const memory: Row = {
  key: 'memory',
  title: 'Memory',
  columns: ['most memory', 'at the smallest size'],
  method: `The largest resident set of the whole process, of \`seed\`, \`export jsonl\` and \`import jsonl\`, by
the number of posts.`,
  async measure(bench) {
    buildWhatChanged();
    const sizes = sizesOf(bench);
    const measured: Record<string, number>[] = [];
    for (const posts of sizes) {
      bench.log(`memory: ${posts} posts`);
      measured.push(await measureSize(bench, posts));
    }
    const [smallest = {}] = measured;
    const [fromSize = 0] = sizes;
    return Object.keys(smallest).flatMap((what) =>
      sizes.slice(1).map((posts, at): Figure => {
        const pair = { measured: measured[at + 1]?.[what] ?? 0, against: smallest[what] ?? 0 };
        const label = `${what}, ${count(posts)} posts against ${count(fromSize)}`;
        return {
          ...share(label, 'MB', pair, { atMost: TIMES }),
          point: { series: what, size: posts, fromSize },
        };
      }),
    );
  },
};

function sizesOf({ scale }: Bench): number[] {
  return scale.name === 'full' ? [50_000, 200_000, 800_000] : [2_000, 8_000];
}

/** Megabytes of each command. */
async function measureSize({ servers }: Bench, posts: number): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'socialdb-memory-'));
  try {
    const jsonl = join(folder, 'jsonl');
    const empty = async () => {
      const url = await makeDatabase(servers, DATABASE);
      await withPool(url, migrate);
      return url;
    };
    const users = String(posts / 20);
    const seeded = await empty();
    const run = (url: string, ...argv: string[]) => maxRss(url, join(folder, 'rss'), argv);
    const seed = await run(seeded, 'seed', '--users', users, '--posts', String(posts));
    const exported = await run(seeded, 'export', 'jsonl', jsonl);
    const imported = await run(await empty(), 'import', 'jsonl', jsonl);
    return { seed, export: exported, import: imported };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function maxRss(url: string, report: string, argv: string[]): Promise<number> {
  await promisify(execFile)(process.execPath, ['--require', REPORTER, BINARY, ...argv], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: url,
      REDIS_URL: '',
      MONGODB_URL: '',
      BENCH_MAX_RSS: report,
    },
  });
  return Number(await readFile(report, 'utf8')) / 1_024;
}
