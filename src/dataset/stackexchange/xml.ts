import sax from 'sax';
import { badInput, type TextFile } from '../files.js';

/** One `<row …/>`. */
export interface XmlRow {
  readonly attributes: Readonly<Record<string, string>>;
  /** `Posts.xml.gz:12:3` */
  readonly place: string;
}

/** The longest attribute, in characters; a file that never closes a quote may not fill the memory. */
const LONGEST_ATTRIBUTE = 16 * 1024 * 1024;
// A setting of the module, not of a parser; its own 64 KB are less than a long answer takes.
Object.assign(sax, { MAX_BUFFER_LENGTH: LONGEST_ATTRIBUTE });

/**
 * Reads the rows of one file of a Stack Exchange dump, in batches; a strict parser, so that what is
 * cut short or is no XML is found where it stands.
 *
 * @param root the name of the outermost element: `users`, `posts`, …
 * @throws RequestError `bad-input` with line and column
 */
export async function* xmlRows(file: TextFile, root: string): AsyncGenerator<XmlRow[]> {
  const parser = sax.parser(true);
  let rows: XmlRow[] = [];
  let failure: Error | undefined;
  const place = () => `${file.name}:${parser.line + 1}:${parser.column}`;
  const fail = (what: string, cause?: unknown) => {
    // The first failure is the cause of those that follow.
    failure ??= badInput(place(), what, cause);
  };
  let depth = 0;
  parser.onopentag = ({ name, attributes }) => {
    if (depth === 0 && name !== root) fail(`begins with <${name}>, not with <${root}>`);
    if (depth > 0 && (depth > 1 || name !== 'row')) fail(`<${name}> where a <row> belongs`);
    if (depth === 1) rows.push({ attributes: attributes as XmlRow['attributes'], place: place() });
    depth++;
  };
  parser.onclosetag = () => {
    depth--;
  };
  parser.ontext = (text) => {
    if (text.trim() !== '') fail('text where a <row> belongs');
  };
  parser.onerror = (error) => {
    const [what = ''] = error.message.split('\n');
    fail(`no valid XML: ${what.toLowerCase()}`, error);
  };

  let seen = false;
  for await (const text of file.text) {
    seen ||= text.trim() !== '';
    parser.write(text);
    if (failure) throw failure;
    if (rows.length > 0) yield rows;
    rows = [];
  }
  if (!seen) throw badInput(file.name, 'is empty');
  parser.close();
  if (failure) throw failure;
}
