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
  method: `The one statement of a follow (edge, both counters, event), prepared, between two users drawn at
random, through the connection pool of socialdb against \`pgbench -M prepared\`.`,
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
          bench.log(`follow: ${clients} clients`);
          const pair = await sideBySide(
            () => throughput(() => runStatement(sql, followOf(...drawPair())), clients, turnMs),
            () => pgbench({ setup: DRAW_PAIR, statement: followOf('', '') }, clients, turnMs),
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

function followOf(follower: string, followed: string): Statement {
  const { name, text } = statement('edge_follow');
  const numbered = text.replace(/\$(\d)::uuid/g, (_, place) => NUMBERED_ID.replace('1', place));
  return { name, text: numbered, parameters: follower ? [follower, followed] : [] };
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
