import type { Transaction } from '../../stores/postgres.js';
import { type Explainable, runOne } from '../explain.js';
import { readOnly, rolledBack, undone } from '../session.js';
import { hypopgObstacle } from './hypopg.js';
import { allPresent, NEEDS_PRESENT, type Stage, type Target, type Technique } from './technique.js';

/**
 * Hides the indexes from the planner of one session; nothing is written, nothing is locked.
 *
 * HypoPG looks away from everything but a plain EXPLAIN, EXPLAIN ANALYZE included
 * (hypo_is_simple_explain in hypopg.c). So the statement is prepared and explained plainly once: that
 * plan, made without the indexes, stays in the session's plan cache, and is the one that is run.
 */
export const hypopgHiding: Technique = {
  key: 'hypopg',
  name: 'hidden by HypoPG',
  estimates: false,

  async obstacle(sql, request) {
    if (!allPresent(request)) return NEEDS_PRESENT;
    return hypopgObstacle(sql, 'hypopg_hide_index');
  },

  stage(sql, { targets, session }, work) {
    return rolledBack(sql, session, (transaction) => work(stageOf(transaction, targets)));
  },
};

const PREPARED = 'socialdb_without_indexes';

function stageOf(transaction: Transaction, targets: readonly Target[]): Stage {
  return {
    copies: [],
    play: (side, statement, work) =>
      side === 'with'
        ? undone(transaction, async () => {
            await readOnly(transaction);
            return work(transaction, statement);
          })
        : hidden(transaction, targets, statement, work),
  };
}

/** What the session hides and prepares, it would remember beyond any rollback. */
async function hidden<T>(
  transaction: Transaction,
  targets: readonly Target[],
  { name, text }: Explainable,
  work: (transaction: Transaction, statement: Explainable) => Promise<T>,
): Promise<T> {
  const run = `EXECUTE ${PREPARED}`;
  let prepared = false;
  try {
    return await undone(transaction, async () => {
      await readOnly(transaction);
      for (const { oid } of targets) await transaction`SELECT hypopg_hide_index(${oid}::int8::oid)`;
      await runOne(transaction, `PREPARE ${PREPARED} AS ${text}`);
      prepared = true;
      await runOne(transaction, `EXPLAIN ${run}`);
      return work(transaction, { name, text: run });
    });
  } finally {
    if (prepared) await transaction.unsafe(`DEALLOCATE ${PREPARED}`);
    await transaction`SELECT hypopg_unhide_all_indexes()`;
  }
}
