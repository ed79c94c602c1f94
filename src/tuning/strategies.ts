import { feedStatement, STRATEGIES, type Strategy, strategyOf } from '../feed/statement.js';
import { START } from '../social/cursor.js';
import type { Sql, Transaction } from '../stores/postgres.js';
import type { Comparison } from './compare.js';
import { type Explainable, inlined } from './explain.js';
import { type Leg, legOf } from './explanation.js';
import { measureSides, type RunOptions, type Side } from './legs.js';
import { NOTHING_COMPARED } from './plain.js';
import type { Reader } from './readers.js';
import { readOnly, rolledBack, undone } from './session.js';

/** What the strategies came to for one reader. */
export interface Contest {
  readonly user: string;
  /** The strategy with the smallest median time. */
  readonly fastest: Strategy;
  /** What `auto` takes for this reader. */
  readonly auto: Strategy;
}

/**
 * Measures every strategy of the feed for each reader, in turns and in one snapshot.
 *
 * @param limit posts on the page
 * @throws RequestError `rows-differ` when two strategies give other rows
 */
export async function compareStrategies(
  sql: Sql,
  readers: readonly Reader[],
  limit: number,
  options: RunOptions,
): Promise<Comparison> {
  const { runs, limitMs, interrupted } = options;
  const contests: { reader: Reader; statements: Explainable[] }[] = [];
  for (const reader of readers) {
    contests.push({ reader, statements: await statementsOf(sql, reader, limit) });
  }
  const legs: Leg[] = [];
  const sameRows: (true | null)[] = [];
  await rolledBack(sql, { timeoutMs: limitMs, interrupted }, async (transaction) => {
    for (const [done, { reader, statements }] of contests.entries()) {
      const onRun = (run: number, of: number) =>
        options.onRun?.(done * of + run, readers.length * of);
      const sides = statements.map((statement) => sideOf(transaction, statement));
      const contest = await measureSides(sides, true, { ...options, onRun });
      sameRows.push(contest.sameRows);
      for (const [at, statement] of statements.entries()) {
        const measured = contest.measured[at];
        const subject = { reader, statement, ordered: true };
        if (measured) legs.push(legOf(statement.name, subject, measured, limitMs));
      }
    }
  });
  return {
    ...NOTHING_COMPARED,
    runs,
    sameRows: sameRows.every(Boolean) || null,
    legs,
    contests: readers.map((reader) => contestOf(reader, legs)),
  };
}

function statementsOf(sql: Sql, { id }: Reader, limit: number): Promise<Explainable[]> {
  const request = { userId: id, limit, after: START };
  return Promise.all(
    STRATEGIES.map(async (strategy) => {
      const statement = await inlined(sql, feedStatement(strategy, request));
      return { ...statement, name: strategy };
    }),
  );
}

function sideOf(transaction: Transaction, statement: Explainable): Side {
  return {
    name: statement.name,
    play: (work) =>
      undone(transaction, async () => {
        await readOnly(transaction);
        return work(transaction, statement);
      }),
  };
}

function contestOf({ username, followees }: Reader, legs: readonly Leg[]): Contest {
  const time = (strategy: Strategy) => {
    const leg = legs.find(({ user, name }) => user === username && name === strategy);
    return leg?.medianMs ?? Number.POSITIVE_INFINITY;
  };
  return {
    user: username,
    fastest: STRATEGIES.reduce((best, other) => (time(other) < time(best) ? other : best)),
    auto: strategyOf('auto', followees),
  };
}
