import { badInput, type TextFile } from '../files.js';
import { linesOf } from '../lines.js';

/** One line of an edge list: the source follows the target. */
export interface Edge {
  readonly source: string;
  readonly target: string;
}

const LONGEST_LABEL = 256;
const NUMBER = /^-?\d+$/;
const HEADING =
  /^(source|target|src|dst|from|to|node|id|user|follower|followee|followed)[\w -]{0,16}$/i;

/**
 * Reads an edge list, in batches: two columns, separated by a comma, tabs or spaces; further columns
 * (weights, times) are left alone. Lines that begin with `#` or `%` are comments. The first line is a
 * header when it has other columns than the second (`82168,948464,d,graph`), words where that has
 * numbers, or names of columns.
 *
 * @throws RequestError `bad-input` with the line
 */
export async function* edgesOf(file: TextFile): AsyncGenerator<Edge[]> {
  let first: string[] | undefined;
  let columns = 0;
  for await (const { first: number, lines } of linesOf(file)) {
    const edges: Edge[] = [];
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '' || line.startsWith('#') || line.startsWith('%')) continue;
      const place = () => `${file.name}:${number + index}`;
      const fields = fieldsOf(line);
      checkFields(fields, place);
      if (columns === 0 && first === undefined) {
        first = fields;
        continue;
      }
      if (first) {
        columns = fields.length;
        if (!isHeader(first, fields)) edges.push(edgeOf(first));
        first = undefined;
      }
      if (fields.length !== columns) {
        throw badInput(place(), `${fields.length} columns, where the others have ${columns}`);
      }
      edges.push(edgeOf(fields));
    }
    if (edges.length > 0) yield edges;
  }
  if (first && !isHeader(first, [])) yield [edgeOf(first)];
  else if (columns === 0) throw badInput(file.name, 'there are no edges in it');
}

function fieldsOf(line: string): string[] {
  return line.includes(',')
    ? line.split(',').map((field) => field.trim())
    : line.trim().split(/\s+/);
}

function checkFields([source, target]: readonly string[], place: () => string): void {
  if (!source || !target) throw badInput(place(), 'is no edge: two columns are needed');
  for (const label of [source, target]) {
    if (label.length > LONGEST_LABEL) throw badInput(place(), 'a name is too long');
    if (/\p{Cc}/u.test(label)) throw badInput(place(), 'a name holds control characters');
  }
}

function isHeader(first: readonly string[], second: readonly string[]): boolean {
  const ends = first.slice(0, 2);
  return (
    ends.every((field) => HEADING.test(field)) ||
    (second.length > 0 && second.length !== first.length) ||
    (second.slice(0, 2).some((field) => NUMBER.test(field)) &&
      ends.every((field) => !NUMBER.test(field)))
  );
}

function edgeOf([source = '', target = '']: readonly string[]): Edge {
  return { source, target };
}
