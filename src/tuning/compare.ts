import type { Sql } from '../stores/postgres.js';
import { type Case, type Explanation, type Gain, type Leg, legOf } from './explanation.js';
import { findAnyOf, findIndex } from './indexes.js';
import { measurePair, type Pair, type RunOptions } from './legs.js';
import { chooseTechnique } from './techniques/ladder.js';

export interface CompareOptions extends RunOptions {
  /** The index that is compared. */
  readonly index?: string | undefined;
  /** Where none is named: all of these that are there. */
  readonly standsOn: readonly string[];
}

export type Comparison = Omit<Explanation, 'subject' | 'strategy' | 'hints'>;

/**
 * Measures statements with and without some indexes, both legs of each in one snapshot.
 *
 * @throws RequestError `no-technique`, `index-missing`, `index-not-found`, and what
 *   {@link measurePair} throws
 */
export async function compareIndexes(
  sql: Sql,
  cases: readonly Case[],
  options: CompareOptions,
): Promise<Comparison> {
  const { index, standsOn } = options;
  const targets =
    index === undefined ? await findAnyOf(sql, standsOn) : [await findIndex(sql, index)];
  const { technique, passedOver } = await chooseTechnique(sql);
  const session = { timeoutMs: options.limitMs, interrupted: options.interrupted };
  const legs: Leg[] = [];
  const gains: Gain[] = [];
  for (const [done, subject] of cases.entries()) {
    const onRun = (run: number, of: number) => options.onRun?.(done * of + run, cases.length * of);
    const pair = await technique.stage(sql, targets, session, (stage) =>
      measurePair(stage, subject, targets, { ...options, onRun }),
    );
    for (const side of ['without', 'with'] as const) {
      legs.push(legOf(side, subject, pair[side], options.limitMs));
    }
    gains.push(gainOf(subject, pair, options.limitMs));
  }
  return {
    runs: options.runs,
    technique: technique.name,
    passedOver,
    indexes: targets.map(({ name }) => name),
    missing: standsOn.filter((name) => !index && !targets.some((target) => target.name === name)),
    tables: [...new Set(targets.map(({ table }) => table))],
    sameRows: gains.some(({ sameRows }) => sameRows) || null,
    speedup: smallest(gains.flatMap(({ speedup }) => speedup ?? [])),
    gains,
    legs,
  };
}

function gainOf({ reader }: Case, pair: Pair, limitMs: number): Gain {
  const after = pair.with.timedOut ? undefined : pair.with.plan.executionMs;
  const before = pair.without.timedOut ? limitMs : pair.without.plan.executionMs;
  return {
    user: reader?.username ?? null,
    sameRows: pair.sameRows,
    speedup: after && before ? before / after : null,
    atLeast: pair.without.timedOut,
  };
}

function smallest(values: readonly number[]): number | null {
  return values.length > 0 ? Math.min(...values) : null;
}
