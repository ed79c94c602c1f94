import type { Session } from '../session.js';
import type { StudentStatement } from '../statements.js';
import type { Outcome } from '../voice.js';

/** A session that runs a student's statements: where it is, and what it read last. */
interface Player {
  readonly session: Session;
  readonly statements: readonly StudentStatement[];
  next: number;
  read: Outcome | undefined;
  /** The end of a statement that waits for the other player. */
  waiting: (() => Promise<Outcome>) | undefined;
  refused: string | null;
}

/**
 * Plays one order of turns: so many of A's statements, of B's, of A's, of B's. Whoever had to wait
 * makes up for its turns at the end.
 *
 * @returns what the server refused, null where it refused nothing
 */
export async function play(
  statements: readonly StudentStatement[],
  [sessionA, sessionB]: readonly [Session, Session],
  [a1, b1, a2, b2]: readonly [number, number, number, number],
): Promise<string | null> {
  const [a, b] = [playerOf(sessionA, statements), playerOf(sessionB, statements)];
  const order = [
    [a, a1],
    [b, b1],
    [a, a2],
    [b, b2],
  ] as const;
  for (const [player, times] of order) {
    for (let time = 0; time < times && !player.waiting; time += 1) await advance(player);
  }
  while (!isDone(a) || !isDone(b)) {
    // A program that is done is gone, and what it did not commit with it.
    for (const player of [a, b]) if (isDone(player)) await leave(player);
    const free = [a, b].find((player) => !player.waiting && !isDone(player));
    if (free) await advance(free);
    else for (const player of [a, b]) await settle(player);
  }
  for (const player of [a, b]) await leave(player);
  return a.refused ?? b.refused;
}

function playerOf(session: Session, statements: readonly StudentStatement[]): Player {
  return { session, statements, next: 0, read: undefined, waiting: undefined, refused: null };
}

const isDone = ({ waiting, next, statements }: Player) => !waiting && next >= statements.length;
const leave = ({ session }: Player) => session.quietly.attempt('ROLLBACK');

async function advance(player: Player): Promise<void> {
  const statement = player.statements[player.next];
  if (!statement) return;
  player.next += 1;
  const { waits, end } = await player.session.quietly.start(withRead(statement.sql, player.read));
  player.waiting = end;
  if (!waits) await settle(player);
}

async function settle(player: Player): Promise<void> {
  const outcome = await player.waiting?.();
  player.waiting = undefined;
  if (!outcome) return;
  if (outcome.rows.length > 0) player.read = outcome;
  if (!outcome.error) return;
  player.refused = `${player.session.name} is refused: ${outcome.message} (${outcome.error})`;
  player.next = player.statements.length;
}

/** `:likes` is what the session read last in the column likes, as psql's \gset has it. */
function withRead(sql: string, read: Outcome | undefined): string {
  return sql.replace(/(?<![:\w]):(\w+)/g, (whole, column) => {
    const place = read?.columns.indexOf(column) ?? -1;
    const value = read?.rows[0]?.[place];
    if (value === undefined) return whole;
    return value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`;
  });
}
