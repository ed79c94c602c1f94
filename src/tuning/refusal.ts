import postgres from 'postgres';
import { RequestError } from '../errors.js';

/** SQLSTATE classes that say something about the server, not about the statement. */
const SERVER_CLASSES = new Set(['08', '28', '3D', '53', '55', '57', '58', 'XX']);
/** The server counts parameters that the statement has and nobody gave. */
const PROTOCOL_VIOLATION = '08P01';

/**
 * What the server has against a statement of the user's, with the place in it.
 *
 * @param thrown any error; one that is no refusal of the statement is given back as it is
 * @param text the statement as the user wrote it
 */
export function refusalOf(thrown: unknown, text: string): unknown {
  if (!(thrown instanceof postgres.PostgresError)) return thrown;
  const { code, message } = thrown;
  if (code === PROTOCOL_VIOLATION && text.includes('$')) {
    return refused('the statement has parameters', 'write values in place of $1, $2, …', thrown);
  }
  if (code === '42601' && message.includes('multiple commands')) {
    return refused('there is more than one statement', 'explain takes one, to be executed', thrown);
  }
  if (SERVER_CLASSES.has(code.slice(0, 2))) return thrown;
  const hint =
    code === '25006'
      ? 'only statements that read are explained, since explaining runs them'
      : 'nothing was changed';
  return refused(`${placeOf(thrown, text)}${message}`, hint, thrown);
}

function refused(message: string, hint: string, cause: Error): RequestError {
  return new RequestError('bad-statement', message, hint, { cause });
}

/** `line 2, column 5: `, where the server says where. */
function placeOf({ position, query = '' }: postgres.PostgresError, text: string): string {
  if (!position) return '';
  // EXPLAIN (…) stands before what the user wrote.
  const before = query.endsWith(text) ? query.length - text.length : 0;
  const lines = text.slice(0, Number(position) - 1 - before).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: `;
}
