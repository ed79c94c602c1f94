import type { Sql, Transaction } from '../../stores/postgres.js';
import { readFacts } from '../hints/facts.js';
import { listIndexes } from '../indexes.js';
import { tablesIn } from '../nodes.js';
import { pricesOf } from '../price.js';
import { readOnly, rolledBack, type SessionOptions } from '../session.js';
import { hypopgObstacle } from '../techniques/hypopg.js';
import { copyObstacle } from '../techniques/sampled-copy.js';
import type { Sampled } from '../techniques/temporary-copy.js';
import { type Candidate, candidatesIn, type PricedCandidate } from './candidates.js';
import { tryOnCopies } from './copy-trial.js';
import { planFor } from './cost.js';
import { tryWithHypopg } from './hypopg-trial.js';
import { type Removal, removals } from './removals.js';
import type { Trial } from './trial.js';
import { type PlannedItem, readWorkload, type WorkItem, type Workload } from './workload.js';

/** An index to build. */
export interface Addition extends PricedCandidate {
  /** What it adds to those before it; null where it could not be tried. */
  readonly trial: Trial | null;
  /** Why it could not be tried. */
  readonly untried: string | null;
}

export interface Advice {
  readonly workload: Pick<Workload, 'source' | 'reason'> & { readonly statements: number };
  /** The temporary tables on which candidates were tried. */
  readonly copies: readonly Sampled[];
  /** The best first, of those that gain as much the smaller; those that help nothing are left out. */
  readonly add: readonly Addition[];
  readonly drop: readonly Removal[];
}

export interface AdviseOptions extends SessionOptions {
  /** Told what is done next. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/**
 * Which indexes to build and which to drop. Nothing is built but on temporary tables: candidates come
 * from the plans of the workload; they are tried with HypoPG where it is there and knows their kind,
 * else on a copy of the tables, each with the better ones there.
 */
export async function adviseIndexes(
  sql: Sql,
  { onStep, ...session }: AdviseOptions,
): Promise<Advice> {
  const { items, ...source } = await readWorkload(sql);
  const planned = await rolledBack(sql, session, (transaction) => plansOf(transaction, items));
  onStep?.('what indexes would cost');
  const candidates = await gather(sql, planned, session);
  onStep?.('what indexes would gain');
  const { copies, taken, untried } = await tryAll(sql, candidates, planned, session);
  const reason = untried.length > 0 ? await obstacles(sql) : null;
  return {
    workload: { ...source, statements: planned.length },
    copies,
    add: [
      ...[...taken].map(([candidate, trial]) => ({ ...candidate, trial, untried: null })),
      ...untried.map((candidate) => ({ ...candidate, trial: null, untried: reason })),
    ],
    drop: removals(await listIndexes(sql)),
  };
}

/** Statements that cannot be planned here (a temporary table, perhaps) are left out. */
async function plansOf(
  transaction: Transaction,
  items: readonly WorkItem[],
): Promise<PlannedItem[]> {
  await readOnly(transaction);
  const plans: PlannedItem[] = [];
  for (const item of items) {
    await transaction`SAVEPOINT planning`;
    try {
      plans.push({ item, plan: await planFor(transaction, item) });
    } catch (error) {
      await transaction`ROLLBACK TO SAVEPOINT planning`;
      if (!item.generic) throw error;
    }
  }
  return plans;
}

async function gather(
  sql: Sql,
  planned: readonly PlannedItem[],
  session: SessionOptions,
): Promise<PricedCandidate[]> {
  const facts = await readFacts(sql, tablesIn(planned.map(({ plan }) => plan.root)));
  const found = new Map<string, { candidate: Candidate; askedBy: Set<string> }>();
  for (const { item, plan } of planned) {
    for (const candidate of candidatesIn(plan, facts)) {
      const known = found.get(candidate.command) ?? { candidate, askedBy: new Set() };
      known.askedBy.add(item.name);
      found.set(candidate.command, known);
    }
  }
  const priced: PricedCandidate[] = [];
  for (const { candidate, askedBy } of found.values()) {
    const [price = null] = await pricesOf(sql, [candidate], session);
    priced.push({ ...candidate, askedBy: [...askedBy], price });
  }
  return priced;
}

/** With HypoPG those that it knows; then the others, with those that were taken there, on copies. */
async function tryAll(
  sql: Sql,
  candidates: readonly PricedCandidate[],
  planned: readonly PlannedItem[],
  session: SessionOptions,
): Promise<{
  copies: readonly Sampled[];
  taken: Map<PricedCandidate, Trial>;
  untried: readonly PricedCandidate[];
}> {
  const { taken, unknown } = (await hypopgObstacle(sql, 'hypopg_create_index'))
    ? { taken: new Map<PricedCandidate, Trial>(), unknown: candidates }
    : await tryWithHypopg(sql, candidates, planned, session);
  if (unknown.length === 0) return { copies: [], taken, untried: [] };
  if (await copyObstacle(sql)) return { copies: [], taken, untried: unknown };
  const tried = { given: [...taken.keys()], candidates: unknown };
  const { copies, taken: onCopies } = await tryOnCopies(sql, tried, planned, session);
  return { copies, taken: new Map([...taken, ...onCopies]), untried: [] };
}

/** Why nothing could be tried. */
async function obstacles(sql: Sql): Promise<string> {
  const hypopg = await hypopgObstacle(sql, 'hypopg_create_index');
  return [
    hypopg ? `not with HypoPG, ${hypopg}` : 'HypoPG does not know its kind',
    `not on a temporary copy, ${await copyObstacle(sql)}`,
  ].join('; ');
}
