import { wrapAnsi } from 'fast-wrap-ansi';
import { hanging } from './text.js';

const WIDTH = 80;

/** A page of the help: terms with what they mean, then paragraphs. */
export interface TopicPage {
  readonly title: string;
  readonly entries: readonly (readonly [term: string, text: string])[];
  readonly notes: readonly string[];
}

/** The page of a topic, for a terminal. */
export function topicPage({ title, entries, notes }: TopicPage): string {
  const widest = Math.max(...entries.map(([term]) => term.length));
  const lines = entries.map(
    ([term, text]) => `  ${term.padEnd(widest)}  ${hanging(text, WIDTH, widest + 4)}`,
  );
  return [`${title}:`, ...lines, ...notes.flatMap((note) => ['', wrapAnsi(note, WIDTH)]), ''].join(
    '\n',
  );
}
