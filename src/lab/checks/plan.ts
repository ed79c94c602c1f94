import type { Transaction } from '../../stores/postgres.js';
import { digestOf, measure, runOne } from '../../tuning/explain.js';
import { nodeTypes, type Plan } from '../../tuning/plan.js';
import { rowsRead } from '../../tuning/rows-read.js';
import { rolledBack } from '../../tuning/session.js';
import { type CheckBench, type Judgement, STUDENT_MS, type Trial } from '../judgement.js';
import { studentStatements } from '../statements.js';

/** The same rows for less: by an index, by another statement, or by both. */
export interface PlanCheck {
  readonly kind: 'plan';
  readonly task: string;
  readonly query: string;
  /** Whether its rows have an order. */
  readonly ordered: boolean;
  /** The rows that its plan may read, at most. */
  readonly mostRows: number;
}

const ALLOWED = ['CREATE INDEX', 'ANALYZE', 'SELECT', 'WITH'];

/**
 * Runs what the student wrote in a transaction that is rolled back, then measures the plan: of the
 * student's SELECT where there is one, of the exercise's own otherwise.
 */
export async function checkPlan(
  check: PlanCheck,
  { scratch, interrupted }: CheckBench,
  text: string,
): Promise<Judgement> {
  const statements = await studentStatements(scratch, text, ALLOWED);
  const own = { name: 'query', text: check.query };
  const isQuery = ({ command }: { command: string }) => command === 'SELECT' || command === 'WITH';
  const rewritten = statements.filter(isQuery).at(-1);
  const judged = rewritten ? { name: 'query', text: rewritten.sql } : own;
  return rolledBack(scratch, { timeoutMs: STUDENT_MS, interrupted }, async (transaction) => {
    const before = await measure(transaction, own);
    const wanted = await digestOf(transaction, own, check.ordered);
    for (const statement of statements.filter((one) => !isQuery(one))) {
      await runOne(transaction, statement.sql);
    }
    const same = (await digestOf(transaction, judged, check.ordered)) === wanted;
    const plan = await measured(transaction, judged);
    const read = rowsRead(plan) ?? Number.POSITIVE_INFINITY;
    const trials: Trial[] = [
      {
        tried: 'the rows',
        saw: same ? 'the same as before' : 'not the same as before',
        good: same,
      },
      {
        tried: 'the plan',
        saw: `${seen(plan)}; before: ${seen(before)}`,
        good: read <= check.mostRows,
      },
    ];
    return { trials, plan };
  });
}

/** The second run: the first one has filled the caches. */
async function measured(transaction: Transaction, statement: { name: string; text: string }) {
  await measure(transaction, statement);
  return measure(transaction, statement);
}

function seen(plan: Plan): string {
  const scans = nodeTypes(plan).filter((title) => /Scan/.test(title));
  const { hit, read } = plan.buffers;
  return `${scans.join(', ')} reads ${(rowsRead(plan) ?? 0).toLocaleString('en-US')} rows, ${(hit + read).toLocaleString('en-US')} buffers`;
}
