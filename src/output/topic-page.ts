import { wrapAnsi } from 'fast-wrap-ansi';

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
  const indent = ' '.repeat(widest + 4);
  const lines = entries.map(
    ([term, text]) =>
      `  ${term.padEnd(widest)}  ${wrapAnsi(text, WIDTH - indent.length).replaceAll('\n', `\n${indent}`)}`,
  );
  return [`${title}:`, ...lines, ...notes.flatMap((note) => ['', wrapAnsi(note, WIDTH)]), ''].join(
    '\n',
  );
}
