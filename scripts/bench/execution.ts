import type { Transaction } from '../../src/stores/postgres.js';
import type { Statement } from '../../src/stores/queries.js';
import { parsePlan } from '../../src/tuning/plan.js';
import { median } from './turns.js';

/**
 * What a prepared statement takes in the server, milliseconds: the median of `repeats` executions.
 *
 * @param plan the one that fits all parameters, which a prepared statement ends up with where it costs
 *   no more, or the one made for these
 */
export async function executionMs(
  transaction: Transaction,
  { text, parameters }: Statement,
  plan: 'generic' | 'custom',
  repeats: number,
): Promise<number> {
  await transaction.unsafe(`SET LOCAL plan_cache_mode = force_${plan}_plan`);
  await transaction.unsafe(`PREPARE measured AS ${text}`);
  try {
    const values = parameters.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ');
    const times: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const [row] = await transaction.unsafe<{ 'QUERY PLAN': unknown }[]>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE measured (${values})`,
      );
      times.push(parsePlan(row?.['QUERY PLAN']).executionMs ?? Number.NaN);
    }
    return median(times);
  } finally {
    await transaction.unsafe('DEALLOCATE measured');
  }
}
