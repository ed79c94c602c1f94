import type { Sql, Transaction } from '../../stores/postgres.js';
import { readFacts } from '../hints/facts.js';
import { listIndexes } from '../indexes.js';
import { type Price, pricesOf } from '../price.js';
import { readOnly, rolledBack, type SessionOptions } from '../session.js';
import { hypopgObstacle } from '../techniques/hypopg.js';
import { copyObstacle } from '../techniques/sampled-copy.js';
import { type Sampled, sourcesIn } from '../techniques/temporary-copy.js';
import { type Candidate, candidatesIn } from './candidates.js';
import { tryOnCopies } from './copy-trial.js';
import { planFor } from './cost.js';
import { tryWithHypopg } from './hypopg-trial.js';
import { type Removal, removals } from './removals.js';
import type { Trial } from './trial.js';
import { type PlannedItem, readWorkload, type WorkItem, type Workload } from './workload.js';

/** An index to build. */
export interface Addition extends Candidate {
  /** The statements whose plans ask for it. */
  readonly askedBy: readonly string[];
  /** What it gained, tried on its own; null where it could not be tried. */
  readonly trial: Trial | null;
  /** Why it could not be tried. */
  readonly untried: string | null;
  readonly price: Price | null;
}

export interface Advice {
  readonly workload: Pick<Workload, 'source' | 'reason'> & { readonly statements: number };
  /** The temporary tables on which candidates were tried. */
  readonly copies: readonly Sampled[];
  /** The best first, of those that gain as much the smaller; those that help no statement are left out. */
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
 * else on a copy of the tables, each on its own.
 */
export async function adviseIndexes(
  sql: Sql,
  { onStep, ...session }: AdviseOptions,
): Promise<Advice> {
  onStep?.('plans');
  const { items, ...source } = await readWorkload(sql);
  const planned = await rolledBack(sql, session, (transaction) => plansOf(transaction, items));
  const candidates = await gather(sql, planned);
  onStep?.('trying indexes');
  const { copies, trials } = await tryAll(sql, candidates, planned, session);
  const add: Addition[] = [];
  for (const candidate of candidates) {
    const trial = trials.get(candidate) ?? null;
    if (trial?.helps.length === 0) continue;
    onStep?.(`the price of ${candidate.on}`);
    const [price = null] = await pricesOf(sql, [candidate], session);
    const untried = trial ? null : await obstacles(sql);
    add.push({ ...candidate, trial, untried, price });
  }
  return {
    workload: { ...source, statements: planned.length },
    copies,
    add: add.sort(byGainThenPrice),
    drop: removals(await listIndexes(sql)),
  };
}

function byGainThenPrice(one: Addition, other: Addition): number {
  // Two digits: what differs by less gains as much.
  const gain = ({ trial }: Addition) => Number((trial?.gain ?? 0).toPrecision(2));
  const size = ({ price }: Addition) => price?.sizeBytes ?? 0;
  return gain(other) - gain(one) || size(one) - size(other);
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

type Asked = Candidate & { askedBy: string[] };

async function gather(sql: Sql, planned: readonly PlannedItem[]): Promise<Asked[]> {
  const facts = await readFacts(sql, sourcesIn(planned.map(({ plan }) => plan)));
  const found = new Map<string, Asked>();
  for (const { item, plan } of planned) {
    for (const candidate of candidatesIn(plan, facts)) {
      const known = found.get(candidate.command) ?? { ...candidate, askedBy: [] };
      if (!known.askedBy.includes(item.name)) known.askedBy.push(item.name);
      found.set(candidate.command, known);
    }
  }
  return [...found.values()];
}

async function tryAll<C extends Candidate>(
  sql: Sql,
  candidates: readonly C[],
  planned: readonly PlannedItem[],
  session: SessionOptions,
): Promise<{ copies: readonly Sampled[]; trials: Map<C, Trial> }> {
  const trials = new Map<C, Trial>();
  if (!(await hypopgObstacle(sql, 'hypopg_create_index'))) {
    await rolledBack(sql, session, async (transaction) => {
      await readOnly(transaction);
      for (const candidate of candidates) {
        const trial = await tryWithHypopg(transaction, candidate, planned);
        if (trial) trials.set(candidate, trial);
      }
    });
  }
  const left = candidates.filter((candidate) => !trials.has(candidate));
  if (left.length === 0 || (await copyObstacle(sql))) return { copies: [], trials };
  const { copies, trials: onCopies } = await tryOnCopies(sql, left, planned, session);
  for (const [place, candidate] of left.entries()) {
    const trial = onCopies[place];
    if (trial) trials.set(candidate, trial);
  }
  return { copies, trials };
}

/** Why nothing could be tried. */
async function obstacles(sql: Sql): Promise<string> {
  const hypopg = await hypopgObstacle(sql, 'hypopg_create_index');
  return [
    hypopg ? `not with HypoPG, ${hypopg}` : 'HypoPG does not know its kind',
    `not on a temporary copy, ${await copyObstacle(sql)}`,
  ].join('; ');
}
