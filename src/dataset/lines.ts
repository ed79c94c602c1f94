import { badInput, type TextFile } from './files.js';

/** Longer lines are no data: the limit keeps a file without line ends from filling the memory. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Lines that follow each other, without their ends. */
export interface Lines {
  /** The number of the first one, from 1. */
  readonly first: number;
  readonly lines: readonly string[];
}

/**
 * Reads a file line by line, in batches.
 *
 * @throws RequestError `bad-input` when a line is longer than 16 MiB of text
 */
export async function* linesOf(file: TextFile): AsyncGenerator<Lines> {
  let rest = '';
  let first = 1;
  for await (const text of file.text) {
    rest += text;
    if (rest.length > LONGEST_LINE) {
      throw badInput(`${file.name}:${first}`, 'the line is too long to be data');
    }
    if (!text.includes('\n')) continue;
    const returns = rest.includes('\r');
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (returns) {
      for (const [at, line] of lines.entries())
        if (line.endsWith('\r')) lines[at] = line.slice(0, -1);
    }
    yield { first, lines };
    first += lines.length;
  }
  if (rest !== '') yield { first, lines: [rest] };
}
