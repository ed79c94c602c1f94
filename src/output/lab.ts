import { wrapAnsi } from 'fast-wrap-ansi';
import { letterOf } from '../lab/answers.js';
import type { CheckResult } from '../lab/check.js';
import type { Exercise, Question } from '../lab/exercise.js';
import type { ExerciseResult, StepResult } from '../lab/run.js';
import { planTree } from './plan.js';
import { planFooter } from './plan-footer.js';
import type { Screen } from './screen.js';
import { table } from './table.js';
import { count, hanging, plural } from './text.js';

/** Prose is read, not scanned: lines no longer than a book's. */
const PROSE = 80;

/** The exercises, a line each. */
export function renderExercises(exercises: readonly Exercise[], screen: Screen): string {
  const { style } = screen;
  const rows = exercises.map((exercise, place) => ({ ...exercise, number: place + 1 }));
  const list = table(
    rows,
    [
      { header: '', align: 'right', cell: ({ number }) => String(number) },
      { header: 'name', cell: ({ name }) => style.cyan(name) },
      { header: 'exercise', cell: ({ title }) => title },
      { header: 'min', align: 'right', cell: ({ minutes }) => String(minutes) },
      { header: '--check', cell: ({ check }) => (check ? 'yes' : '') },
    ],
    screen,
  );
  return `${list}\n\nNext: socialdb lab ${exercises[0]?.name}`;
}

/** The title of an exercise, and what it is for. */
export function renderOpening({ title, aim, minutes }: Exercise, screen: Screen): string {
  const { style } = screen;
  return [
    style.bold(title),
    prose(`About ${minutes} minutes; then you can ${aim}.`, screen),
    style.dim('It happens in a schema of its own, which is dropped at the end.'),
  ].join('\n');
}

/** Word of a store that is absent. */
export function renderNote(text: string, screen: Screen): string {
  return `\n${prose(text, screen)}`;
}

/** The number of a step, and what it is about. */
export function renderTelling(tell: string, place: number, of: number, screen: Screen): string {
  const { style } = screen;
  return `\n${style.cyan.bold(`${place + 1}/${of}`)}  ${indented(tell, 5, screen)}`;
}

export function renderQuestion({ text, choices = [] }: Question, screen: Screen): string {
  const { style } = screen;
  return [
    '',
    `${style.cyan('?')}    ${style.bold(indented(text, 5, screen))}`,
    ...choices.map(
      (choice, place) => `     ${style.cyan(letterOf(place))}  ${indented(choice, 8, screen)}`,
    ),
  ].join('\n');
}

/** What was typed against what was seen, and why it is so. */
export function renderConclusion(
  { question, right, correct, conclusion }: StepResult,
  screen: Screen,
): string {
  const { style } = screen;
  const answer = question && right !== null ? answerText(question, right) : '';
  const verdict = { true: 'Right', false: 'Not so: it is', null: 'Answer' }[String(correct)] ?? '';
  const lead = answer
    ? `${style.bold(`${verdict}${correct === false ? '' : ':'} ${answer}.`)} `
    : '';
  const mark = correct === null ? '=' : correct ? '✓' : '✗';
  return `\n${style.cyan(mark)}    ${indented(`${lead}${conclusion}`, 5, screen)}`;
}

function answerText({ choices }: Question, right: number): string {
  return choices ? `${letterOf(right)}) ${choices[right] ?? ''}` : count(right);
}

/** The count at the end. */
export function renderCount(
  exercise: Exercise,
  result: ExerciseResult,
  next: Exercise | undefined,
  screen: Screen,
): string {
  const { style } = screen;
  const { answered, right, steps } = result;
  const left = steps.length < exercise.steps.length;
  if (left) return `\nLeft at step ${steps.length + 1}; everything is removed.`;
  const lines = [
    ...(answered > 0 ? [style.bold(`${right} of ${plural(answered, 'answer')} right.`)] : []),
    ...(exercise.check
      ? [`Your own SQL: ${style.cyan(`socialdb lab ${exercise.name} --check FILE`)}`]
      : []),
    ...(exercise.check ? [prose(exercise.check.task, screen)] : []),
    ...(next ? [`Next: ${style.cyan(`socialdb lab ${next.name}`)}`] : []),
  ];
  return `\n${lines.join('\n')}`;
}

/** What was tried with a student's SQL, what came of it, and the verdict. */
export function renderCheck(
  { exercise, passed, trials, plan }: CheckResult,
  screen: Screen,
): string {
  const { style } = screen;
  const lines = trials.map(
    ({ tried, saw, good }) =>
      `${style.cyan(good ? '✓' : '✗')} ${indented(`${tried}: ${saw}`, 2, screen)}`,
  );
  const verdict = passed
    ? `Right: this solves ${exercise}.`
    : `Not yet: ${exercise} asks for more.`;
  return [
    ...lines,
    ...(plan ? ['', planTree(plan, screen), planFooter({ ...plan, fields: {} }, screen)] : []),
    '',
    style.bold(verdict),
  ].join('\n');
}

function prose(text: string, { columns }: Screen): string {
  return wrapAnsi(text, Math.min(columns, PROSE));
}

function indented(text: string, indent: number, { columns }: Screen): string {
  return hanging(text, Math.min(columns, PROSE), indent);
}
