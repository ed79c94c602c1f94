import { feedStatement, strategyOf } from '../../../src/feed/statement.js';
import { count } from '../../../src/output/text.js';
import { START } from '../../../src/social/cursor.js';
import { runStatement } from '../../../src/stores/queries.js';
import { withPool } from '../network.js';
import { openPgbench } from '../pgbench.js';
import { readersNear } from '../readers.js';
import { type Figure, type Row, share } from '../row.js';
import { sideBySide, throughput } from '../turns.js';

const PAGE = 20;
/** Clients, and the part of pgbench's throughput that is to be reached. */
const CLIENTS = [
  [1, 0.7],
  [8, 0.8],
] as const;

export const nodeFeed: Row = {
  key: 'node-feed',
  title: 'Cold feed, from Node',
  columns: ['Node', 'pgbench'],
  method: `Pages a second through the connection pool of socialdb, prepared, every row turned into an object,
against \`pgbench -M prepared\` with the same statement for the same reader, which throws the rows away.`,
  async measure(bench) {
    const { rounds, turnMs, profiles } = bench.scale;
    const url = await bench.network();
    const pgbench = await openPgbench(url);
    return withPool(
      url,
      async (sql) => {
        const figures: Figure[] = [];
        for (const profile of profiles) {
          const [reader] = await readersNear(sql, profile, 1);
          if (!reader) continue;
          const strategy = strategyOf('auto', reader.followees);
          const page = feedStatement(strategy, { userId: reader.id, limit: PAGE, after: START });
          for (const [clients, atLeast] of CLIENTS) {
            bench.log(`feed from Node: ${profile} followees, ${clients} at once`);
            const pair = await sideBySide(
              () => throughput(() => runStatement(sql, page), clients, turnMs),
              () => pgbench({ statement: page }, clients, turnMs),
              rounds,
            );
            const what = `${count(profile)} followees, ${clients === 1 ? '1 client' : `${clients} clients`}`;
            figures.push(share(what, '/s', pair, { atLeast }));
          }
        }
        return figures;
      },
      8,
    );
  },
};
