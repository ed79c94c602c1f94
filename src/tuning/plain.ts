import { InterruptedError, RequestError } from '../errors.js';
import type { Sql, Transaction } from '../stores/postgres.js';
import type { Comparison } from './compare.js';
import { estimate, measure } from './explain.js';
import { type Case, type Leg, legOf } from './explanation.js';
import { type Measured, medianOf, type RunOptions } from './legs.js';
import type { Plan } from './plan.js';
import { readOnly, rolledBack, undone } from './session.js';
import { orTimeLimit } from './time-limit.js';

/**
 * Measures statements as they are, nothing compared, in a read-only transaction. Of one that reaches
 * the time limit there is only the plan that the planner expects.
 */
export async function measureCases(
  sql: Sql,
  cases: readonly Case[],
  options: RunOptions,
): Promise<Comparison> {
  const { runs, limitMs, interrupted } = options;
  const legs = await rolledBack(sql, { timeoutMs: limitMs, interrupted }, async (transaction) => {
    await readOnly(transaction);
    const measured: Leg[] = [];
    for (const [place, subject] of cases.entries()) {
      const onRun = (run: number) => options.onRun?.(place * runs + run, cases.length * runs);
      const leg = await measureCase(transaction, subject, { ...options, onRun });
      measured.push(legOf(subject.statement.name, subject, leg, limitMs));
    }
    await refuseWrites(transaction);
    return measured;
  });
  return { ...NOTHING_COMPARED, runs, legs };
}

async function measureCase(
  transaction: Transaction,
  { statement }: Case,
  { runs, limitMs, interrupted, onRun }: RunOptions,
): Promise<Measured> {
  const plans: Plan[] = [];
  for (let run = 0; run < runs; run += 1) {
    if (interrupted?.aborted) throw new InterruptedError();
    onRun?.(run, runs);
    const ran = undone(transaction, () => measure(transaction, statement));
    const plan = await orTimeLimit(limitMs, ran);
    if (!plan) return { runsMs: [], plan: await estimate(transaction, statement), timedOut: true };
    plans.push(plan);
  }
  return { ...medianOf(plans), timedOut: false };
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
  pathStoppedAfterMs: null,
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
