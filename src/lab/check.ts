import postgres from 'postgres';
import { RequestError } from '../errors.js';
import type { Stores } from '../stores/stores.js';
import { refusalOf } from '../tuning/refusal.js';
import { type CrashCheck, checkCrashes } from './checks/crash.js';
import { checkPages, type PageCheck } from './checks/page.js';
import { checkPlan, type PlanCheck } from './checks/plan.js';
import { checkTurns, type TurnsCheck } from './checks/turns.js';
import type { Exercise } from './exercise.js';
import { type CheckBench, type Judgement, STUDENT_MS } from './judgement.js';
import { withExercise } from './run.js';

/** What a student may hand in, and how it is judged: by what it does on the exercise's tables. */
export type Check = CrashCheck | PageCheck | PlanCheck | TurnsCheck;

export interface CheckResult extends Judgement {
  readonly exercise: string;
  readonly passed: boolean;
}

/**
 * Runs a student's SQL on the tables of an exercise, in a scratch schema, and judges what it does.
 *
 * @param text the file's content
 * @throws RequestError `no-check` where the exercise takes no SQL, `not-allowed`, `no-statement`;
 *   InterruptedError
 */
export async function checkAnswer(
  stores: Stores,
  exercise: Exercise,
  text: string,
  interrupted: AbortSignal,
): Promise<CheckResult> {
  const { check, name } = exercise;
  if (!check) {
    throw new RequestError(
      'no-check',
      `the exercise ${name} asks for no SQL`,
      `run: socialdb lab ${name}`,
    );
  }
  return withExercise(stores, exercise, async (scratch, schema) => {
    const bench = { url: stores.config.databaseUrl ?? '', schema, scratch, interrupted };
    const judgement = await judge(check, bench, text).catch((error) => {
      const saw = interrupted.aborted ? undefined : refused(error);
      // What the server will not run is a wrong answer, not a failure of the check.
      if (saw === undefined) throw error;
      return { trials: [{ tried: 'the file as it is', saw, good: false }] };
    });
    return { exercise: name, passed: judgement.trials.every(({ good }) => good), ...judgement };
  });
}

const CANCELLED = '57014';

/** What the server has against the student's SQL; undefined where the error is about something else. */
function refused(error: unknown): string | undefined {
  if (!(error instanceof postgres.PostgresError)) return undefined;
  if (error.code === CANCELLED) return `a statement took longer than ${STUDENT_MS / 1_000} s`;
  const refusal = refusalOf(error, error.query ?? '');
  return refusal instanceof RequestError ? refusal.message : undefined;
}

function judge(check: Check, bench: CheckBench, text: string): Promise<Judgement> {
  switch (check.kind) {
    case 'crash':
      return checkCrashes(check, bench, text);
    case 'turns':
      return checkTurns(check, bench, text);
    case 'page':
      return checkPages(check, bench, text);
    case 'plan':
      return checkPlan(check, bench, text);
  }
}
