import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InterruptedError, messageOf, RequestError, UsageError } from '../errors.js';
import { letterOf, parseAnswer } from '../lab/answers.js';
import { EXERCISES, findExercise } from '../lab/catalog.js';
import { checkAnswer } from '../lab/check.js';
import type { Exercise, Question } from '../lab/exercise.js';
import { runExercise, type Student } from '../lab/run.js';
import {
  renderCheck,
  renderConclusion,
  renderCount,
  renderExercises,
  renderNote,
  renderOpening,
  renderQuestion,
  renderTelling,
} from '../output/lab.js';
import { renderScene } from '../output/lab-scene.js';
import type { Context } from './context.js';

interface LabOptions {
  readonly list?: boolean;
  readonly yes?: boolean;
  /** The file of the student's SQL. */
  readonly check?: string;
}

export async function run(
  context: Context,
  name: string | undefined,
  options: LabOptions,
): Promise<void> {
  if (name === undefined || options.list) return list(context);
  const exercise = findExercise(name);
  if (options.check !== undefined) return check(context, exercise, options.check);
  await take(context, exercise, options.yes ?? false);
}

function list({ screen }: Context): void {
  const exercises = EXERCISES.map(({ name, title, aim, minutes, uses, steps, check }, place) => ({
    number: place + 1,
    ...{ name, title, aim, minutes, uses: uses?.store ?? null },
    questions: steps.filter(({ ask }) => ask).length,
    check: check?.task ?? null,
  }));
  screen.show({ exercises }, () => renderExercises(EXERCISES, screen));
}

async function take(context: Context, exercise: Exercise, yes: boolean): Promise<void> {
  const { stores, screen, stdin, interrupted } = context;
  const { json } = screen.options;
  if (!yes && (json || !stdin.isTTY || !screen.interactive)) {
    throw new UsageError(
      'needs-yes',
      `${exercise.name} asks questions, and nobody is there to answer`,
      `add --yes: socialdb lab ${exercise.name} --yes`,
    );
  }
  const print = (shown: string) => {
    if (!json) screen.print(shown);
  };
  print(renderOpening(exercise, screen));
  const student: Student = {
    note: (said) => print(renderNote(said, screen)),
    step: ({ tell, look }, place, of) =>
      print(renderTelling(tell, place, of, screen) + (look ? '\n' : '')),
    async answer(question) {
      print(`${renderQuestion(question, screen)}\n`);
      const answer = yes ? null : await askFor(context, question);
      if (!yes) print('');
      return answer;
    },
    scene: (scene) => print(renderScene(scene, screen)),
    conclude: (result) => print(renderConclusion(result, screen)),
  };
  const result = await runExercise(stores, exercise, student, interrupted);
  const next = EXERCISES[EXERCISES.indexOf(exercise) + 1];
  screen.show(result, () => renderCount(exercise, result, next, screen));
}

/** Asks until the answer is one: a letter, a number, or nothing at all. */
async function askFor(
  { screen, stdin, interrupted }: Context,
  question: Question,
): Promise<number | null | 'leave'> {
  for (;;) {
    const typed = await screen.ask('     your answer: ', stdin, interrupted);
    if (typed === undefined) return 'leave';
    if (typed.trim() === '') return null;
    const answer = parseAnswer(question, typed);
    if (answer !== undefined) return answer;
    const letters = (question.choices ?? []).map((_, place) => letterOf(place));
    screen.note(
      `     ${letters.length > 0 ? letters.join(', ') : 'a whole number'}; Enter alone to go on, Ctrl-D to leave`,
    );
  }
}

/** @throws RequestError `wrong-answer`, after what was seen has been shown */
async function check(context: Context, exercise: Exercise, file: string): Promise<void> {
  const { stores, screen, stdin, interrupted } = context;
  const written = await (file === '-' ? text(stdin) : readFile(file, 'utf8')).catch((error) => {
    throw new RequestError('unreadable-file', `${file} cannot be read: ${messageOf(error)}`);
  });
  const result = await checkAnswer(stores, exercise, written, interrupted).catch((error) => {
    throw interrupted.aborted ? new InterruptedError() : error;
  });
  screen.show(result, () => renderCheck(result, screen));
  if (result.passed) return;
  throw new RequestError(
    'wrong-answer',
    `${file} does not solve ${exercise.name}`,
    `what is asked for: socialdb lab ${exercise.name}`,
  );
}
