import type { Sql } from '../../../src/stores/postgres.js';
import { runStatement, type Statement, statement } from '../../../src/stores/queries.js';
import { withPool } from '../network.js';
import { openPgbench } from '../pgbench.js';
import { type Figure, type Row, share } from '../row.js';
import { sideBySide, throughput } from '../turns.js';
import { writesDatabase } from '../writes.js';

const CLIENTS = [1, 8] as const;
const AT_LEAST = 0.8;
/** Users who may be drawn; so many that two clients seldom meet. */
const DRAWN = 100_000;

export const follow: Row = {
  key: 'follow',
  title: 'Follow',
  columns: ['Node', 'pgbench'],
  method: `The transaction of a follow (locks, edge, both counters, event) between two users drawn at random:
the statements in one pipeline, prepared, through the connection pool of socialdb against
\`pgbench -M prepared\` with the same in a pipeline.`,
  async measure(bench) {
    const { rounds, turnMs } = bench.scale;
    const url = await writesDatabase(bench);
    const pgbench = await openPgbench(url);
    return withPool(
      url,
      async (sql) => {
        await addNumbered(sql);
        const figures: Figure[] = [];
        for (const clients of CLIENTS) {
          bench.log(`follow: ${clients} at once`);
          const pair = await sideBySide(
            () => throughput(() => followOnce(sql), clients, turnMs),
            () => pgbench({ setup: DRAW_PAIR, statement: pgbenchFollow() }, clients, turnMs),
            rounds,
          );
          const what = clients === 1 ? '1 client' : `${clients} clients`;
          figures.push(share(what, '/s', pair, { atLeast: AT_LEAST }));
        }
        return figures;
      },
      CLIENTS[1],
    );
  },
};

/** pgbench draws numbers only, so these users have ids that are numbers. */
const NUMBERED_ID = `lpad($1::text, 32, '0')::uuid`;

async function addNumbered(sql: Sql): Promise<void> {
  await sql.unsafe(`
    INSERT INTO users (id, username)
    SELECT ${NUMBERED_ID.replace('$1', 'n')}, 'drawn' || n FROM generate_series(1, ${DRAWN}) n`);
  await sql`VACUUM ANALYZE users`;
}

const LOCK_TABLES = 'LOCK TABLE users, followers IN ROW EXCLUSIVE MODE';

/** As src/social/follow.ts does it, without looking the names up. */
function followOnce(sql: Sql) {
  const pair = drawPair();
  return sql.begin((transaction) =>
    Promise.all([
      transaction.unsafe(LOCK_TABLES),
      runStatement(transaction, numbered('edge_lock', pair)),
      runStatement(transaction, numbered('edge_follow', pair)),
    ]),
  );
}

function pgbenchFollow(): Statement {
  const [lock, follow] = ['edge_lock', 'edge_follow'].map((name) => numbered(name, []).text);
  const text = `BEGIN;
\\startpipeline
${LOCK_TABLES};
${lock};
${follow};
\\endpipeline
COMMIT`;
  return { name: 'follow', text, parameters: [] };
}

function numbered(name: string, pair: readonly string[]): Statement {
  const { text } = statement(name);
  const numbers = text.replace(/\$(\d)::uuid/g, (_, place) => NUMBERED_ID.replace('1', place));
  return { name, text: numbers, parameters: pair };
}

function drawPair(): [string, string] {
  const follower = Math.floor(Math.random() * DRAWN);
  const followed = (follower + 1 + Math.floor(Math.random() * (DRAWN - 1))) % DRAWN;
  return [String(follower + 1), String(followed + 1)];
}

const DRAW_PAIR = `\\set follower random(0, ${DRAWN - 1})
\\set followed (:follower + 1 + random(0, ${DRAWN - 2})) % ${DRAWN}
\\set p1 :follower + 1
\\set p2 :followed + 1`;
