import type { Screen } from './screen.js';

/** Tells how to come to the next page, with the words that were typed. */
export function noteNext(screen: Screen, next: string | null, command: string): void {
  if (next) screen.note(`\nnext page: socialdb ${command} --after ${next}`);
}
