import { distance } from 'fastest-levenshtein';
import { RequestError } from '../errors.js';
import type { Exercise } from './exercise.js';
import { cache } from './exercises/cache.js';
import { cursor } from './exercises/cursor.js';
import { follow } from './exercises/follow.js';
import { indexScan } from './exercises/index-scan.js';
import { jsonb } from './exercises/jsonb.js';
import { lostUpdate } from './exercises/lost-update.js';
import { outbox } from './exercises/outbox.js';
import { plan } from './exercises/plan.js';

/** The exercises, in the order in which they build on each other. */
export const EXERCISES: readonly Exercise[] = [
  follow,
  lostUpdate,
  indexScan,
  cursor,
  jsonb,
  cache,
  outbox,
  plan,
];

/**
 * The exercise of this name or number.
 *
 * @throws RequestError `no-such-exercise`, with the nearest name
 */
export function findExercise(name: string): Exercise {
  const wanted = name.toLowerCase();
  const found = EXERCISES.find((one, place) => one.name === wanted || String(place + 1) === wanted);
  if (found) return found;
  const [best] = EXERCISES.map((one) => ({ name: one.name, far: distance(wanted, one.name) }))
    .filter(({ far }) => far <= 3)
    .sort((a, b) => a.far - b.far);
  const hint = best ? `did you mean ${best.name}?` : 'see: socialdb lab';
  throw new RequestError('no-such-exercise', `there is no exercise ${name}`, hint);
}
