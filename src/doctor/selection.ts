import { distance } from 'fastest-levenshtein';
import { UsageError } from '../errors.js';

/** Which checks are wanted; names of checks or of groups. */
export interface Selection {
  /** None but these; all where it is absent. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
}

/** Whether a check is wanted. */
export function isWanted({ only, skip = [] }: Selection, group: string, name: string): boolean {
  const named = (names: readonly string[]) => names.includes(name) || names.includes(group);
  return (only === undefined || named(only)) && !named(skip);
}

/** @throws UsageError `unknown-check`, with the nearest name there is */
export function validSelection({ only = [], skip = [] }: Selection, names: readonly string[]) {
  for (const name of [...only, ...skip]) {
    if (names.includes(name)) continue;
    const [nearest] = [...names].sort((a, b) => distance(name, a) - distance(name, b));
    throw new UsageError('unknown-check', `there is no check ${name}`, `did you mean ${nearest}?`);
  }
}
