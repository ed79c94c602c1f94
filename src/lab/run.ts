import { InterruptedError } from '../errors.js';
import { inScratchSchema } from '../schema/scratch.js';
import type { Sql } from '../stores/postgres.js';
import type { Stores } from '../stores/stores.js';
import { type Bench, type BenchOptions, openBench } from './bench.js';
import type { Exercise, Question, Step } from './exercise.js';
import type { Scene } from './scene.js';
import { type LabStores, withLabStores } from './stores.js';

/** What one step brought: an answer is null where nobody gave one. */
export interface StepResult {
  readonly question: Question | null;
  readonly answer: number | null;
  readonly right: number | null;
  readonly correct: boolean | null;
  readonly conclusion: string;
  readonly scenes: readonly Scene[];
}

export interface ExerciseResult {
  readonly exercise: string;
  readonly steps: readonly StepResult[];
  /** Questions answered, and how many of them rightly. */
  readonly answered: number;
  readonly right: number;
}

/** Who takes the exercise: is told what happens, and answers. */
export interface Student {
  /** What stands for a store that is absent. */
  note(text: string): void;
  step(step: Step, place: number, of: number): void;
  /** @returns the answer; null for none; 'leave' to end the exercise here */
  answer(question: Question): Promise<number | null | 'leave'>;
  scene(scene: Scene): void;
  conclude(result: StepResult): void;
}

/** Seeding the tables of an exercise, and building indexes on them. */
const PATIENCE_MS = 60_000;

/**
 * Runs an exercise step by step in a scratch schema, which is dropped however it ends. No session is
 * open while the student thinks.
 *
 * @throws InterruptedError, after everything has been removed
 */
export function runExercise(
  stores: Stores,
  exercise: Exercise,
  student: Student,
  interrupted: AbortSignal,
): Promise<ExerciseResult> {
  return withExercise(stores, exercise, async (scratch, schema, labStores) => {
    const { uses } = exercise;
    if (uses && labStores.standIn) student.note(uses.otherwise);
    const steps: StepResult[] = [];
    for (const [place, step] of exercise.steps.entries()) {
      student.step(step, place, exercise.steps.length);
      const scenes: Scene[] = [];
      const show = (scene: Scene) => {
        scenes.push(scene);
        student.scene(scene);
      };
      const url = stores.config.databaseUrl ?? '';
      const options = { url, schema, scratch, stores: labStores, show };
      if (step.look) await onBench(options, interrupted, step.look);
      const answer = step.ask ? await student.answer(step.ask) : null;
      if (answer === 'leave') break;
      const { right = null, conclusion } = await onBench(options, interrupted, step.run);
      const question = step.ask ?? null;
      const correct = answer === null ? null : answer === right;
      const result = { question, answer, right, correct, conclusion, scenes };
      steps.push(result);
      student.conclude(result);
    }
    return {
      exercise: exercise.name,
      steps,
      answered: steps.filter(({ answer }) => answer !== null).length,
      right: steps.filter(({ correct }) => correct).length,
    };
  });
}

/** Runs one part of a step, whose sessions end with it, or when the student has had enough. */
async function onBench<T>(
  options: BenchOptions,
  interrupted: AbortSignal,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  if (interrupted.aborted) throw new InterruptedError();
  const bench = openBench(options);
  const stop = () => void bench.close();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    return await work(bench);
  } catch (error) {
    throw interrupted.aborted ? new InterruptedError() : error;
  } finally {
    interrupted.removeEventListener('abort', stop);
    await bench.close();
  }
}

/** Makes the exercise's tables in a scratch schema, and the names of its own in the other stores. */
export function withExercise<T>(
  stores: Stores,
  exercise: Exercise,
  work: (scratch: Sql, schema: string, labStores: LabStores) => Promise<T>,
): Promise<T> {
  return inScratchSchema(stores, PATIENCE_MS, async (scratch, schema) => {
    await scratch.unsafe(exercise.tables);
    return withLabStores(stores, exercise.uses?.store, schema, scratch, (labStores) =>
      work(scratch, schema, labStores),
    );
  });
}
