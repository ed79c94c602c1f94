import { feedStatement, strategyOf } from '../../../src/feed/statement.js';
import { count } from '../../../src/output/text.js';
import { START } from '../../../src/social/cursor.js';
import { searchStatement, tagsDocument } from '../../../src/social/search.js';
import type { Sql } from '../../../src/stores/postgres.js';
import type { Statement } from '../../../src/stores/queries.js';
import { rolledBack } from '../../../src/tuning/session.js';
import type { Bench } from '../bench.js';
import { executionMs } from '../execution.js';
import { withPool } from '../network.js';
import { readersNear } from '../readers.js';
import { type Figure, type Row, share } from '../row.js';
import { inTurns, median } from '../turns.js';

const PAGE = 20;
/** Of tenths of a millisecond, which waver by as much again. */
const REPEATS = 45;
const TIMES = 1.5;

export const growth: Row = {
  key: 'growth',
  title: 'Growth',
  columns: ['with ten times the posts', 'before'],
  method: `Execution time of the first page, prepared, in networks of the same users and follows that
differ in their posts; of a search for a tag that many posts have, and for two that few have together.`,
  async measure(bench) {
    const sizes = bench.scale.posts;
    const urls: string[] = [];
    for (const posts of sizes) urls.push(await bench.network(posts));
    const subjects = await subjectsOf(bench);
    const figures: Figure[] = [];
    for (const { what, statements } of subjects) {
      bench.log(`growth: ${what}`);
      const times = await inTurns(
        urls.map((url) => () => timeOn(url, statements)),
        bench.scale.rounds,
      );
      for (let at = 1; at < sizes.length; at++) {
        const [size = 0, fromSize = 0] = [sizes[at], sizes[at - 1]];
        const pair = { measured: times[at] ?? 0, against: times[at - 1] ?? 0 };
        figures.push({
          ...share(`${what}, ${count(size)} posts`, 'ms', pair, { atMost: TIMES }),
          point: { series: what, size, fromSize },
        });
      }
    }
    return figures;
  },
};

interface Subject {
  readonly what: string;
  /** The same for several readers or tags. */
  readonly statements: readonly Statement[];
}

/** Whose ids are the same in every network, since they follow from the seed. */
function subjectsOf({ scale, onNetwork }: Bench): Promise<Subject[]> {
  return onNetwork(async (sql) => {
    const subjects: Subject[] = [];
    for (const profile of scale.profiles) {
      const readers = await readersNear(sql, profile, scale.readers);
      const statements = readers.map(({ id, followees }) =>
        feedStatement(strategyOf('auto', followees), { userId: id, limit: PAGE, after: START }),
      );
      subjects.push({ what: `feed, ${count(profile)} followees`, statements });
    }
    const [common = [], rare = []] = await tagsOf(sql);
    const search = (tags: string[]) => [searchStatement(tagsDocument(tags), PAGE, START)];
    return [
      ...subjects,
      { what: 'search, a common tag', statements: search(common) },
      { what: 'search, two tags rare together', statements: search(rare) },
    ];
  });
}

/** The tag of most posts, and the two that fewest have together, if any has. */
async function tagsOf(sql: Sql): Promise<string[][]> {
  const rows = await sql<{ tags: string[] }[]>`
    WITH tagged AS (
      SELECT metadata -> 'tags' AS tags, count(*) AS posts
        FROM (SELECT metadata FROM posts WHERE metadata ? 'tags' ORDER BY id LIMIT 100000) drawn
       GROUP BY 1
    ), single AS (
      SELECT jsonb_build_array(tag) AS tags, sum(posts) AS posts
        FROM tagged, jsonb_array_elements(tags) tag GROUP BY tag
    )
    (SELECT tags FROM single ORDER BY posts DESC LIMIT 1)
    UNION ALL
    (SELECT tags FROM tagged WHERE jsonb_array_length(tags) = 2 ORDER BY posts, tags LIMIT 1)`;
  return rows.map(({ tags }) => tags);
}

/** The median over statements. */
function timeOn(url: string, statements: readonly Statement[]): Promise<number> {
  return withPool(url, (sql) =>
    rolledBack(sql, { timeoutMs: 60_000 }, async (transaction) => {
      const times: number[] = [];
      for (const statement of statements) {
        times.push(await executionMs(transaction, statement, 'custom', REPEATS));
      }
      return median(times);
    }),
  );
}
