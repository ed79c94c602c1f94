import { messageOf } from '../../errors.js';
import type { Transaction } from '../../stores/postgres.js';
import type { Candidate } from './candidates.js';
import { costOf } from './cost.js';
import type { WorkItem } from './workload.js';

/** What the planner says of an index that is not there. */
export interface Estimate {
  /** Planner's cost of the workload without over that with it: an estimate, not a measurement. */
  readonly gain: number;
  /** As HypoPG estimates it. */
  readonly sizeBytes: number;
  /** The statements that it makes cheaper. */
  readonly helps: readonly string[];
}

/** Noise in costs is none, but a gain of less is not worth an index. */
const WORTHWHILE = 1.05;

/** Whether HypoPG can be asked here, or why not. */
export async function hypopgObstacle(transaction: Transaction): Promise<string | null> {
  const [server] = await transaction<{ installed: boolean; available: boolean }[]>`
    SELECT to_regproc('hypopg_create_index') IS NOT NULL AS installed,
           EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg') AS available`;
  if (server?.installed) return null;
  return server?.available
    ? 'HypoPG is on this server, but not in this database: CREATE EXTENSION hypopg'
    : 'HypoPG is not on this server';
}

/**
 * Plans the workload with an index that exists for this session's planner only.
 *
 * @param costs of the workload without it, in its order
 * @returns a reason where HypoPG cannot imagine such an index
 */
export async function tryIndex(
  transaction: Transaction,
  { statement }: Candidate,
  items: readonly WorkItem[],
  costs: readonly number[],
): Promise<Estimate | string> {
  try {
    await transaction`SAVEPOINT hypothetical`;
    const [index] = await transaction<{ size: number }[]>`
      SELECT hypopg_relation_size(indexrelid) AS size FROM hypopg_create_index(${statement})`;
    const after: number[] = [];
    for (const item of items) after.push(await costOf(transaction, item));
    const weighted = (all: readonly number[]) =>
      all.reduce((sum, cost, place) => sum + cost * (items[place]?.calls ?? 1), 0);
    return {
      gain: weighted(costs) / weighted(after),
      sizeBytes: index?.size ?? 0,
      helps: items
        .filter((_, place) => (costs[place] ?? 0) > (after[place] ?? 0) * WORTHWHILE)
        .map(({ name }) => name),
    };
  } catch (error) {
    await transaction`ROLLBACK TO SAVEPOINT hypothetical`;
    return `HypoPG cannot try it: ${messageOf(error)}`;
  } finally {
    // What HypoPG imagines outlives a rollback.
    await transaction`SELECT hypopg_reset()`;
  }
}
