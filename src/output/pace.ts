import type { Progress } from '../dataset/load.js';
import { span } from '../wording.js';
import { count } from './text.js';

/** The first moments of a step are no measure of it. */
const SOONEST_MS = 500;

/**
 * How far long work is, in words: `posts: 120,000 at 95,000/s, 2 s left`. Rate and time left
 * are reckoned from the beginning of each step.
 *
 * @returns call it with each new state of the work
 */
export function pace(): (state: Progress) => string {
  let step = '';
  let began = 0;
  return ({ step: name, rows, share }) => {
    if (name !== step) [step, began] = [name, performance.now()];
    if (rows === 0) return step;
    const elapsedMs = performance.now() - began;
    const told = `${step}: ${count(rows)}`;
    if (elapsedMs < SOONEST_MS) return told;
    const rate = ` at ${count(Math.round((rows / elapsedMs) * 1_000))}/s`;
    return `${told}${rate}${share && share < 1 ? left((elapsedMs * (1 - share)) / share) : ''}`;
  };
}

/** Rounded up: what is left is never nothing. */
function left(ms: number): string {
  return `, ${span(Math.ceil(ms / 1_000))} left`;
}
