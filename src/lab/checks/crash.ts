import type { Transaction } from '../../stores/postgres.js';
import { runOne } from '../../tuning/explain.js';
import { rolledBack, undone } from '../../tuning/session.js';
import { type CheckBench, type Judgement, STUDENT_MS, type Trial } from '../judgement.js';
import { type StudentStatement, studentStatements } from '../statements.js';

/** All or nothing: the statements are cut off after each of them in turn. */
export interface CrashCheck {
  readonly kind: 'crash';
  readonly task: string;
  /** Says in one row, one text, what is there. */
  readonly look: string;
  /** Whether all of it was done: a SELECT of one boolean. */
  readonly whole: string;
  /** Whether none of it was. */
  readonly nothing: string;
}

const ALLOWED = [
  ...['BEGIN', 'START', 'COMMIT', 'END', 'ROLLBACK'],
  ...['INSERT', 'UPDATE', 'DELETE', 'SELECT', 'WITH'],
];

/**
 * Plays a crash after each statement. All of it happens in one transaction, which is rolled back: the
 * student's BEGIN is a savepoint in it, a crash goes back to that savepoint, and what was outside of any
 * BEGIN stays, as it would have been committed.
 */
export async function checkCrashes(
  { look, whole, nothing }: CrashCheck,
  { scratch, interrupted }: CheckBench,
  text: string,
): Promise<Judgement> {
  const statements = await studentStatements(scratch, text, ALLOWED);
  const trials = await rolledBack(
    scratch,
    { timeoutMs: STUDENT_MS, interrupted },
    async (transaction) => {
      const tried: Trial[] = [];
      for (let done = 1; done <= statements.length; done += 1) {
        tried.push(
          await undone(transaction, async () => {
            await playUntil(transaction, statements.slice(0, done));
            const all = await holds(transaction, whole);
            const last = done === statements.length;
            const good = all || (!last && (await holds(transaction, nothing)));
            const statement = statements[done - 1]?.sql ?? '';
            return {
              tried: last ? 'run to the end' : `cut off after ${shortened(statement)}`,
              saw: await textOf(transaction, look),
              good,
            };
          }),
        );
      }
      return tried;
    },
  );
  return { trials };
}

async function playUntil(
  transaction: Transaction,
  statements: readonly StudentStatement[],
): Promise<void> {
  let open = false;
  for (const { sql, command } of statements) {
    if (command === 'BEGIN' || command === 'START') {
      if (!open) await transaction`SAVEPOINT students`;
      open = true;
    } else if (command === 'COMMIT' || command === 'END') {
      if (open) await transaction`RELEASE SAVEPOINT students`;
      open = false;
    } else if (command === 'ROLLBACK') {
      if (open) await transaction`ROLLBACK TO SAVEPOINT students`;
      open = false;
    } else {
      await runOne(transaction, sql);
    }
  }
  if (open) await transaction`ROLLBACK TO SAVEPOINT students`;
}

async function holds(transaction: Transaction, condition: string): Promise<boolean> {
  const [row] = await runOne<Record<string, boolean>>(transaction, condition);
  return Object.values(row ?? {})[0] === true;
}

async function textOf(transaction: Transaction, look: string): Promise<string> {
  const [row] = await runOne<Record<string, string>>(transaction, look);
  return String(Object.values(row ?? {})[0] ?? '');
}

function shortened(sql: string): string {
  const line = sql.replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
