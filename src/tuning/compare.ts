import type { Sql } from '../stores/postgres.js';
import { type Case, type Explanation, type Gain, legOf } from './explanation.js';
import { knownIndexes } from './known-indexes.js';
import type { RunOptions } from './legs.js';
import { measurePair, type Pair } from './pair.js';
import { pricesOf } from './price.js';
import { findTargets } from './targets.js';
import { chooseTechnique } from './techniques/ladder.js';
import type { Stage, StageRequest, Target } from './techniques/technique.js';

export interface CompareOptions extends RunOptions {
  /** The index that is compared, by its name or its definition. */
  readonly index?: string | undefined;
  /** Where none is named: all of these that are there. */
  readonly standsOn: readonly string[];
  /** The key of a technique, to use no other. */
  readonly technique?: string | undefined;
  /** Whether other sessions may be made to wait. */
  readonly allowLock?: boolean | undefined;
}

export type Comparison = Omit<Explanation, 'subject' | 'strategy' | 'hints'>;

/**
 * Measures statements with and without some indexes, all of them in one snapshot, and what the indexes
 * cost.
 *
 * @throws what {@link findTargets}, {@link chooseTechnique} and {@link measurePair} throw
 */
export async function compareIndexes(
  sql: Sql,
  cases: readonly Case[],
  options: CompareOptions,
): Promise<Comparison> {
  const { index, standsOn, limitMs, interrupted } = options;
  const session = { timeoutMs: limitMs, interrupted };
  const targets = await findTargets(sql, index, standsOn, session);
  const request: StageRequest = {
    targets,
    allowLock: options.allowLock ?? false,
    session,
  };
  const { technique, passedOver } = await chooseTechnique(sql, request, options.technique);
  const played = await technique.stage(sql, request, async (stage) => ({
    copies: stage.copies,
    pairs: await measurePairs(stage, cases, targets, {
      ...options,
      estimates: technique.estimates,
    }),
  }));
  const gains = played.pairs.map(({ subject, pair }) => gainOf(subject, pair, limitMs));
  return {
    runs: options.runs,
    technique: technique.name,
    passedOver,
    estimated: technique.estimates,
    copies: played.copies,
    prices: await pricesOf(sql, targets, session),
    indexes: targets.map(({ name }) => name),
    missing: await missingOf(targets, index === undefined ? standsOn : []),
    tables: [...new Set(targets.map(({ table }) => table))],
    sameRows: gains.some(({ sameRows }) => sameRows) || null,
    speedup: smallest(gains.flatMap(({ speedup }) => speedup ?? [])),
    gains,
    contests: [],
    path: null,
    pathStoppedAfterMs: null,
    legs: played.pairs.flatMap(({ subject, pair }) => [
      legOf('without', { ...subject, statement: pair.best }, pair.without, limitMs),
      legOf('with', subject, pair.with, limitMs),
    ]),
  };
}

/** The known indexes that are not there, of those that are compared or that would be. */
async function missingOf(
  targets: readonly Target[],
  standsOn: readonly string[],
): Promise<string[]> {
  const known = (await knownIndexes()).map(({ name }) => name);
  const absent = targets.filter(({ oid, name }) => oid === null && known.includes(name));
  const others = standsOn.filter((name) => !targets.some((target) => target.name === name));
  return [...absent.map(({ name }) => name), ...others];
}

async function measurePairs(
  stage: Stage,
  cases: readonly Case[],
  targets: readonly Target[],
  options: RunOptions & { readonly estimates: boolean },
): Promise<{ subject: Case; pair: Pair }[]> {
  const pairs: { subject: Case; pair: Pair }[] = [];
  for (const [done, subject] of cases.entries()) {
    const onRun = (run: number, of: number) => options.onRun?.(done * of + run, cases.length * of);
    const pair = await measurePair(stage, subject, targets, { ...options, onRun });
    pairs.push({ subject, pair });
  }
  return pairs;
}

function gainOf({ reader }: Case, pair: Pair, limitMs: number): Gain {
  const after = pair.with.timedOut ? undefined : pair.with.plan.executionMs;
  const before = pair.without.timedOut ? limitMs : pair.without.plan.executionMs;
  const estimated = before === undefined && after === undefined;
  return {
    user: reader?.username ?? null,
    sameRows: pair.sameRows,
    speedup: after && before ? before / after : null,
    costRatio: estimated ? pair.without.plan.root.cost / pair.with.plan.root.cost : null,
    atLeast: pair.without.timedOut,
  };
}

function smallest(values: readonly number[]): number | null {
  return values.length > 0 ? Math.min(...values) : null;
}
