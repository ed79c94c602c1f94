import { RequestError } from '../errors.js';
import type { Sql } from '../stores/postgres.js';

/** One statement of a file that a student wrote. */
export interface StudentStatement {
  readonly sql: string;
  /** Its first words: `BEGIN`, `SELECT`, `CREATE INDEX`. */
  readonly command: string;
}

// What may hold a semicolon that ends no statement; a text that is never closed goes to the end.
const OPAQUE =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$(?<tag>[a-z_]*)\$[\s\S]*?(?:\$\k<tag>\$|$)/giu;
const COMMENT = /^(?:--|\/\*)/;

/** The statements of a text, without its comments, in the order in which they stand there. */
function splitStatements(text: string): StudentStatement[] {
  const ends: number[] = [];
  // Blanked out, each character in its place, so that what is left of `;` and words is SQL's own.
  const bare = text.replace(OPAQUE, (part) => (COMMENT.test(part) ? ' ' : '_').repeat(part.length));
  const kept = text.replace(OPAQUE, (part) =>
    COMMENT.test(part) ? ' '.repeat(part.length) : part,
  );
  for (const { index } of bare.matchAll(/;/g)) ends.push(index);
  return [...ends, text.length].flatMap((end, place) => {
    const start = place === 0 ? 0 : (ends[place - 1] ?? 0) + 1;
    const sql = kept.slice(start, end).trim();
    return sql === '' ? [] : [{ sql, command: commandOf(bare.slice(start, end)) }];
  });
}

function commandOf(bare: string): string {
  const words = bare
    .trim()
    .replace(/\bUNIQUE\s+/i, '')
    .toUpperCase()
    .split(/\s+/);
  return words[0] === 'CREATE' ? words.slice(0, 2).join(' ') : (words[0] ?? '').replace(/\W.*/, '');
}

const MOST_STATEMENTS = 20;
const MOST_BYTES = 20_000;
/** They would leave the scratch schema, or what is rolled back. */
const NEVER =
  /\b(set_config|search_path|dblink\w*|lo_\w+|pg_(?!catalog\b|stat)\w+|nextval|setval)\b/i;

/**
 * The statements of a student's file, as far as an exercise allows them; what is refused here would not
 * stay in the scratch schema.
 *
 * @param allowed commands such as `INSERT`, `CREATE INDEX`
 * @throws RequestError `not-allowed`, `no-statement`
 */
export async function studentStatements(
  sql: Sql,
  text: string,
  allowed: readonly string[],
): Promise<StudentStatement[]> {
  const refuse = (why: string) =>
    new RequestError('not-allowed', why, `allowed here: ${allowed.join(', ')}`);
  if (Buffer.byteLength(text) > MOST_BYTES) throw refuse(`the file is over ${MOST_BYTES} bytes`);
  if (text.includes('\0')) throw refuse('the file holds a NUL character');
  const statements = splitStatements(text);
  if (statements.length === 0) {
    throw new RequestError('no-statement', 'there is no statement in the file');
  }
  if (statements.length > MOST_STATEMENTS) throw refuse(`more than ${MOST_STATEMENTS} statements`);
  for (const { command } of statements) {
    if (!allowed.includes(command))
      throw refuse(`${command || 'this'} is not part of this exercise`);
  }
  const named = NEVER.exec(text);
  if (named) throw refuse(`${named[0]} is not part of this exercise`);
  const schema = await otherSchema(sql, text);
  if (schema) throw refuse(`the tables of this exercise need no schema's name, such as ${schema}`);
  return statements;
}

/** A schema that the text names in front of a dot. */
async function otherSchema(sql: Sql, text: string): Promise<string | undefined> {
  const qualifiers = [...text.matchAll(/(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*))\s*\./gu)];
  const names = qualifiers.map(([, quoted, plain = '']) => quoted ?? plain.toLowerCase());
  const [found] = await sql<{ name: string }[]>`
    SELECT nspname AS name FROM pg_namespace
     WHERE nspname IN (SELECT json_array_elements_text(${JSON.stringify(names)}::text::json))
     LIMIT 1`;
  return found?.name;
}
