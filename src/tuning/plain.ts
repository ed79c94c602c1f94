import { InterruptedError, RequestError } from '../errors.js';
import type { Sql, Transaction } from '../stores/postgres.js';
import type { Comparison } from './compare.js';
import { measure } from './explain.js';
import { type Case, type Leg, legOf } from './explanation.js';
import { medianOf, type RunOptions } from './legs.js';
import type { Plan } from './plan.js';
import { readOnly, rolledBack } from './session.js';

/**
 * Measures statements as they are, nothing compared, in a read-only transaction.
 *
 * @throws StoreError when a statement reaches the time limit
 */
export async function measureCases(
  sql: Sql,
  cases: readonly Case[],
  options: RunOptions,
): Promise<Comparison> {
  const { runs, limitMs, interrupted, onRun } = options;
  const legs = await rolledBack(sql, { timeoutMs: limitMs, interrupted }, async (transaction) => {
    await readOnly(transaction);
    const measured: Leg[] = [];
    for (const [place, subject] of cases.entries()) {
      const plans: Plan[] = [];
      for (let run = 0; run < runs; run += 1) {
        if (interrupted?.aborted) throw new InterruptedError();
        onRun?.(place * runs + run, cases.length * runs);
        plans.push(await measure(transaction, subject.statement));
      }
      const median = { ...medianOf(plans), timedOut: false };
      measured.push(legOf(subject.statement.name, subject, median, limitMs));
    }
    await refuseWrites(transaction);
    return measured;
  });
  return { ...NOTHING_COMPARED, runs, legs };
}

export const NOTHING_COMPARED = {
  technique: null,
  passedOver: [],
  estimated: false,
  copies: [],
  prices: [],
  indexes: [],
  missing: [],
  tables: [],
  sameRows: null,
  speedup: null,
  gains: [],
  contests: [],
  path: null,
};

/** EXPLAIN lets CREATE TABLE AS pass in a read-only transaction; only that it wrote gives it away. */
async function refuseWrites(transaction: Transaction): Promise<void> {
  const [state] = await transaction<{ wrote: boolean }[]>`
    SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS wrote`;
  if (!state?.wrote) return;
  throw new RequestError(
    'bad-statement',
    'the statement writes',
    'only statements that read are explained; what it wrote is undone',
  );
}
