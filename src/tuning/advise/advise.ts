import type { Sql, Transaction } from '../../stores/postgres.js';
import { readFacts } from '../hints/facts.js';
import { type IndexEntry, listIndexes } from '../indexes.js';
import { nodesOf } from '../nodes.js';
import type { Plan } from '../plan.js';
import { readOnly, rolledBack } from '../session.js';
import { type Candidate, candidatesIn } from './candidates.js';
import { planFor } from './cost.js';
import { type Estimate, hypopgObstacle, tryIndex } from './trial.js';
import { readWorkload, type WorkItem, type Workload } from './workload.js';

/** An index to build. */
export interface Addition extends Candidate {
  /** The statements whose plans ask for it. */
  readonly askedBy: readonly string[];
  /** Null where it could not be tried. */
  readonly estimate: Estimate | null;
  /** Why it could not be tried. */
  readonly untried: string | null;
}

/** An index to drop. */
export interface Removal {
  readonly name: string;
  readonly sizeBytes: number;
  readonly reason: string;
  readonly command: string;
}

export interface Advice {
  readonly workload: Pick<Workload, 'source' | 'reason'> & { readonly statements: number };
  /** The best first; those that help no statement are left out. */
  readonly add: readonly Addition[];
  readonly drop: readonly Removal[];
}

/**
 * Which indexes to build and which to drop. Nothing is built: candidates come from the plans of the
 * workload and are tried with HypoPG where it is there; all gains are the planner's estimates.
 *
 * @param timeoutMs bound on one statement, milliseconds
 */
export async function adviseIndexes(
  sql: Sql,
  timeoutMs: number,
  interrupted?: AbortSignal,
): Promise<Advice> {
  const { items, ...workload } = await readWorkload(sql);
  const { planned, add } = await rolledBack(
    sql,
    { timeoutMs, interrupted },
    async (transaction) => {
      await readOnly(transaction);
      const plans = await plansOf(transaction, items);
      const candidates = await gather(sql, plans);
      return { planned: plans.length, add: await tryAll(transaction, candidates, plans) };
    },
  );
  const useful = add.filter(({ estimate }) => estimate === null || estimate.helps.length > 0);
  const gain = ({ estimate }: Addition) => estimate?.gain ?? 0;
  return {
    workload: { ...workload, statements: planned },
    add: useful.sort((a, b) => gain(b) - gain(a)),
    drop: removals(await listIndexes(sql)),
  };
}

interface Planned {
  readonly item: WorkItem;
  readonly plan: Plan;
}

/** Statements that cannot be planned here (a temporary table, perhaps) are left out. */
async function plansOf(transaction: Transaction, items: readonly WorkItem[]): Promise<Planned[]> {
  const plans: Planned[] = [];
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

async function gather(sql: Sql, plans: readonly Planned[]) {
  const sources = plans.flatMap(({ plan }) => [...nodesOf(plan.root)].map(({ source }) => source));
  const names = sources.filter((source) => source !== undefined);
  const facts = await readFacts(sql, [...new Set(names)]);
  const found = new Map<string, Candidate & { askedBy: string[] }>();
  for (const { item, plan } of plans) {
    for (const candidate of candidatesIn(plan, facts)) {
      const known = found.get(candidate.command) ?? { ...candidate, askedBy: [] };
      if (!known.askedBy.includes(item.name)) known.askedBy.push(item.name);
      found.set(candidate.command, known);
    }
  }
  return [...found.values()];
}

async function tryAll(
  transaction: Transaction,
  candidates: readonly (Candidate & { askedBy: string[] })[],
  plans: readonly Planned[],
): Promise<Addition[]> {
  const obstacle = await hypopgObstacle(transaction);
  const costs = plans.map(({ plan }) => plan.root.cost);
  const items = plans.map(({ item }) => item);
  const tried: Addition[] = [];
  for (const candidate of candidates) {
    const result = obstacle ?? (await tryIndex(transaction, candidate, items, costs));
    const untried = typeof result === 'string' ? result : null;
    tried.push({ ...candidate, estimate: typeof result === 'string' ? null : result, untried });
  }
  return tried;
}

/** Below this an index costs so little that dropping it is not worth the risk. */
const NOTABLE_BYTES = 1024 ** 2;

function removals(indexes: readonly IndexEntry[]): Removal[] {
  return indexes
    .flatMap((index) => {
      const reason = reasonToDrop(index);
      const command = `socialdb index drop ${index.name}`;
      return reason ? [{ name: index.name, sizeBytes: index.sizeBytes ?? 0, reason, command }] : [];
    })
    .sort((a, b) => b.sizeBytes - a.sizeBytes);
}

function reasonToDrop(index: IndexEntry): string | undefined {
  const { missing, valid, known, backs, redundant, scans, sizeBytes } = index;
  if (missing || backs) return undefined;
  if (redundant?.because === 'equal') return `the same as ${redundant.to}`;
  if (redundant) return `${redundant.to} begins with it`;
  if (!valid && !known) return 'invalid: its build did not end';
  const unused = scans === 0 && !known && (sizeBytes ?? 0) >= NOTABLE_BYTES;
  return unused ? 'never used since the statistics were reset' : undefined;
}
