import type { CheckBench, Judgement, Trial } from '../judgement.js';
import { openSession, type Session } from '../session.js';
import { type StudentStatement, studentStatements } from '../statements.js';
import { play } from './players.js';

/** Two sessions run the same statements, and take turns in every way that matters. */
export interface TurnsCheck {
  readonly kind: 'turns';
  readonly task: string;
  /** Sets the tables back. */
  readonly reset: string;
  /** One text, which tells whether both had their effect. */
  readonly look: string;
  readonly expected: string;
}

const ALLOWED = ['BEGIN', 'START', 'COMMIT', 'END', 'SELECT', 'UPDATE', 'WITH'];
/** All orders of more turns than this take too long, and no more are needed. */
const MOST_TURNS = 9;

/**
 * Lets A run so many statements, then B so many, then A the rest, then B the rest: among these turns
 * are those that lose an update. Who has to wait for a lock goes on when the other lets go of it.
 */
export async function checkTurns(
  check: TurnsCheck,
  { scratch, schema, url, interrupted }: CheckBench,
  text: string,
): Promise<Judgement> {
  const statements = asTransactions(await studentStatements(scratch, text, ALLOWED));
  if (statements.length > MOST_TURNS) {
    const saw = `${statements.length} turns for each session; ${MOST_TURNS} are more than enough`;
    return { trials: [{ tried: 'the file', saw, good: false }] };
  }
  const options = { url, schema, show: () => {}, nameOf: String };
  const sessions = await Promise.all([openSession('A', options), openSession('B', options)]);
  const close = () => Promise.all(sessions.map((session) => session.close()));
  const stop = () => void close();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    return { trials: [await playAll(check, statements, sessions)] };
  } finally {
    interrupted.removeEventListener('abort', stop);
    await close();
  }
}

/** The first order of turns that goes wrong; where none does, that all went well. */
async function playAll(
  { reset, look, expected }: TurnsCheck,
  statements: readonly StudentStatement[],
  sessions: readonly [Session, Session],
): Promise<Trial> {
  const count = statements.length;
  const [a] = sessions;
  for (let first = 0; first <= count; first += 1) {
    for (let second = 0; second <= count; second += 1) {
      await a.quietly.run(reset);
      const turns = [first, second, count - first, count - second] as const;
      const refused = await play(statements, sessions, turns);
      const found = (await a.quietly.run(look)).rows[0]?.[0];
      if (found === expected && !refused) continue;
      const saw = [refused, `${found}; it should be ${expected}`].filter(Boolean).join('; ');
      return { tried: inWords(first, second, statements), saw, good: false };
    }
  }
  const tried = `A and B in ${(count + 1) ** 2} orders of turns`;
  return { tried, saw: `${expected} each time`, good: true };
}

/** A statement outside of BEGIN and COMMIT is a transaction, which takes its time, too. */
function asTransactions(statements: readonly StudentStatement[]): StudentStatement[] {
  let open = false;
  return statements.flatMap((statement) => {
    const { command } = statement;
    if (['BEGIN', 'START'].includes(command)) open = true;
    else if (['COMMIT', 'END'].includes(command)) open = false;
    else if (!open) {
      return [{ sql: 'BEGIN', command: 'BEGIN' }, statement, { sql: 'COMMIT', command: 'COMMIT' }];
    }
    return [statement];
  });
}

function inWords(first: number, second: number, statements: readonly StudentStatement[]): string {
  const upTo = (name: string, done: number) => {
    const command = statements[done - 1]?.command;
    return done === statements.length ? `all of ${name}` : `${name} up to its ${command}`;
  };
  if (first === 0) return second === 0 ? 'A, then B' : `${upTo('B', second)}, then A, then B`;
  const then = second === 0 ? 'the rest of A' : upTo('B', second);
  return `${upTo('A', first)}, then ${then}, then the rest`;
}
