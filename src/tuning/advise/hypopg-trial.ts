import postgres from 'postgres';
import type { Sql, Transaction } from '../../stores/postgres.js';
import { indexesOf, type Plan } from '../plan.js';
import { readOnly, rolledBack, type SessionOptions } from '../session.js';
import type { PricedCandidate } from './candidates.js';
import { planFor } from './cost.js';
import { type Trial, takeInTurn, trialOf } from './trial.js';
import type { PlannedItem } from './workload.js';

export interface HypopgTrials {
  readonly taken: Map<PricedCandidate, Trial>;
  /** Indexes of a kind that HypoPG cannot imagine. */
  readonly unknown: readonly PricedCandidate[];
}

/** Plans the workload with indexes that exist for this session's planner only. */
export function tryWithHypopg(
  sql: Sql,
  candidates: readonly PricedCandidate[],
  workload: readonly PlannedItem[],
  session: SessionOptions,
): Promise<HypopgTrials> {
  return rolledBack(sql, session, async (transaction) => {
    await readOnly(transaction);
    const unknown: PricedCandidate[] = [];
    for (const candidate of candidates) {
      const there = await imagined(transaction, [candidate], async () => true);
      if (!there) unknown.push(candidate);
    }
    const known = candidates.filter((candidate) => !unknown.includes(candidate));
    const taken = await takeInTurn(known, async (left, kept) => {
      const before = await imagined(transaction, kept, () => plans(transaction, workload));
      const trials: (Trial | undefined)[] = [];
      for (const candidate of left) {
        const trial = imagined(transaction, [...kept, candidate], async (names) => {
          const after = await plans(transaction, workload);
          const effects = workload.map(({ item }, place) => ({
            item,
            before: before?.[place]?.root.cost ?? null,
            after: after[place]?.root.cost ?? null,
            used: uses(after[place], names.at(-1)),
          }));
          return trialOf({ on: 'HypoPG', measured: false }, effects);
        });
        trials.push(await trial);
      }
      return trials;
    });
    return { taken, unknown };
  });
}

async function plans(transaction: Transaction, workload: readonly PlannedItem[]): Promise<Plan[]> {
  const planned: Plan[] = [];
  for (const { item } of workload) planned.push(await planFor(transaction, item));
  return planned;
}

function uses(plan: Plan | undefined, index: string | undefined): boolean {
  return plan !== undefined && index !== undefined && indexesOf(plan).includes(index);
}

/**
 * Runs `work` with hypothetical indexes, given what HypoPG calls them.
 *
 * @returns undefined where HypoPG cannot imagine one of them
 */
async function imagined<T>(
  transaction: Transaction,
  candidates: readonly PricedCandidate[],
  work: (names: readonly string[]) => Promise<T>,
): Promise<T | undefined> {
  await transaction`SAVEPOINT hypothetical`;
  try {
    const names: string[] = [];
    for (const { definition } of candidates) {
      const index = await imagine(transaction, definition);
      if (index === undefined) return undefined;
      names.push(index);
    }
    return await work(names);
  } finally {
    await transaction`ROLLBACK TO SAVEPOINT hypothetical`;
    // What HypoPG imagines outlives a rollback.
    await transaction`SELECT hypopg_reset()`;
  }
}

async function imagine(transaction: Transaction, definition: string): Promise<string | undefined> {
  try {
    const [index] = await transaction<{ name: string }[]>`
      SELECT indexname AS name FROM hypopg_create_index(${definition})`;
    return index?.name;
  } catch (error) {
    // It raises an error without a code of its own: "access method "gin" is not supported".
    if (error instanceof postgres.PostgresError && error.message.startsWith('hypopg:')) return;
    throw error;
  }
}
