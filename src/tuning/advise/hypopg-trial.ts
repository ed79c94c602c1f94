import type { Transaction } from '../../stores/postgres.js';
import { indexesOf } from '../plan.js';
import type { Candidate } from './candidates.js';
import { planFor } from './cost.js';
import { type Effect, type Trial, trialOf } from './trial.js';
import type { PlannedItem } from './workload.js';

/**
 * Plans the workload with an index that exists for this session's planner only.
 *
 * @returns undefined where HypoPG cannot imagine such an index
 */
export async function tryWithHypopg(
  transaction: Transaction,
  { definition }: Candidate,
  workload: readonly PlannedItem[],
): Promise<Trial | undefined> {
  await transaction`SAVEPOINT hypothetical`;
  try {
    const [index] = await transaction<{ name: string }[]>`
      SELECT indexname AS name FROM hypopg_create_index(${definition})`;
    const effects: Effect[] = [];
    for (const { item, plan } of workload) {
      const after = await planFor(transaction, item);
      const used = indexesOf(after).includes(index?.name ?? '');
      effects.push({ item, before: plan.root.cost, after: after.root.cost, used });
    }
    return trialOf({ on: 'HypoPG', measured: false }, effects);
  } catch {
    await transaction`ROLLBACK TO SAVEPOINT hypothetical`;
    return undefined;
  } finally {
    // What HypoPG imagines outlives a rollback.
    await transaction`SELECT hypopg_reset()`;
  }
}
