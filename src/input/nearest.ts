import { distance } from 'fastest-levenshtein';

/** The word that was meant by one with a slip or two in it; undefined where none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((one) => ({ one, far: distance(word.toLowerCase(), one.toLowerCase()) }))
    .filter(({ far }) => far <= Math.max(2, Math.floor(word.length / 3)))
    .sort((a, b) => a.far - b.far);
  return best?.one;
}
