import type { Question } from './exercise.js';

/**
 * What somebody typed, as an answer: the place of the choice, or the number.
 *
 * @returns undefined when it is neither; a choice is named by its letter
 */
export function parseAnswer({ choices }: Question, typed: string): number | undefined {
  const text = typed.trim().toLowerCase();
  if (!choices) {
    const digits = text.replace(/(?<=\d)[,_ ](?=\d{3}\b)/g, '');
    return /^-?\d{1,12}$/.test(digits) ? Number(digits) : undefined;
  }
  const place = /^[a-z]\)?$/.test(text) ? text.charCodeAt(0) - 'a'.charCodeAt(0) : -1;
  return place >= 0 && place < choices.length ? place : undefined;
}

/** The letter of a choice. */
export function letterOf(place: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + place);
}
