import type { Transaction } from '../../stores/postgres.js';
import { readOnly, rolledBack, undone } from '../session.js';
import { hypopgObstacle } from './hypopg.js';
import type { Stage, Target, Technique } from './technique.js';

/** Asks the planner what it would do if an index were there, which nobody builds. */
export const hypotheticalIndex: Technique = {
  key: 'estimate',
  name: 'estimated by HypoPG',
  estimates: true,

  async obstacle(sql, { targets }) {
    if (targets.some(({ oid }) => oid !== null)) return 'which is for an index that is not there';
    return hypopgObstacle(sql, 'hypopg_create_index');
  },

  stage(sql, { targets, session }, work) {
    return rolledBack(sql, session, (transaction) => work(stageOf(transaction, targets)));
  },
};

function stageOf(transaction: Transaction, targets: readonly Target[]): Stage {
  const aliases = new Map<string, string>();
  return {
    copies: [],
    aliases,
    async play(side, statement, work) {
      try {
        return await undone(transaction, async () => {
          await readOnly(transaction);
          for (const { name, definition } of side === 'with' ? targets : []) {
            const [made] = await transaction<{ alias: string }[]>`
              SELECT indexname AS alias FROM hypopg_create_index(${definition}::text)`;
            if (made) aliases.set(made.alias, name);
          }
          return work(transaction, statement);
        });
      } finally {
        // It is kept in the session's memory, which knows no rollback.
        await transaction`SELECT hypopg_reset()`;
      }
    },
  };
}
