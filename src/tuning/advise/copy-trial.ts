import type { Sql, Transaction } from '../../stores/postgres.js';
import type { Explainable } from '../explain.js';
import { type Measured, measureSides, type Side } from '../legs.js';
import { indexesOf } from '../plan.js';
import { readOnly, type SessionOptions, undone } from '../session.js';
import { dropOnCopies, withCopies } from '../techniques/sampled-copy.js';
import { rootTables, type Sampled, sourcesIn } from '../techniques/temporary-copy.js';
import type { Candidate } from './candidates.js';
import { planFor } from './cost.js';
import { type Effect, type Trial, trialOf } from './trial.js';
import type { PlannedItem, WorkItem } from './workload.js';

export interface CopyTrials {
  readonly copies: readonly Sampled[];
  /** In the order of the candidates. */
  readonly trials: readonly Trial[];
}

/** Of one run; the copies are small, so what takes longer is what an index would mend. */
const LIMIT_MS = 1_000;
const RUNS = 3;

/**
 * Builds indexes on temporary copies of the tables that the workload reads, and runs it there with none
 * of them and with each, in turns. Statements whose values are not known are only planned.
 */
export function tryOnCopies(
  sql: Sql,
  candidates: readonly Candidate[],
  workload: readonly PlannedItem[],
  session: SessionOptions,
): Promise<CopyTrials> {
  const tables = (transaction: Transaction) =>
    rootTables(transaction, sourcesIn(workload.map(({ plan }) => plan)));
  return withCopies(sql, { targets: candidates, session, tables }, async (transaction, copies) => {
    await transaction`SELECT set_config('statement_timeout', ${`${LIMIT_MS}ms`}, true)`;
    const measured = workload.every(({ item }) => !item.generic);
    const effects: Effect[][] = candidates.map(() => []);
    for (const { item } of workload) {
      const [before, ...after] = await playItem(transaction, item, candidates, measured, session);
      for (const [place, { name }] of candidates.entries()) {
        const leg = after[place];
        if (before && leg) effects[place]?.push(effectOf(item, name, before, leg));
      }
    }
    const how = { on: 'a temporary copy', measured } as const;
    return { copies, trials: effects.map((list) => trialOf(how, list)) };
  });
}

/** One statement without any candidate, and then with each of them alone. */
async function playItem(
  transaction: Transaction,
  item: WorkItem,
  candidates: readonly Candidate[],
  execute: boolean,
  { interrupted }: SessionOptions,
): Promise<readonly Measured[]> {
  const sides = [undefined, ...candidates].map((kept): Side => {
    const others = candidates.filter((candidate) => candidate !== kept);
    const statement: Explainable = item;
    return {
      name: kept?.name ?? 'without',
      play: (work) =>
        undone(transaction, async () => {
          await dropOnCopies(transaction, others);
          await readOnly(transaction);
          return work(transaction, statement);
        }),
    };
  });
  if (execute) {
    const options = { runs: RUNS, limitMs: LIMIT_MS, interrupted };
    return (await measureSides(sides, true, options)).measured;
  }
  const planned: Measured[] = [];
  for (const side of sides) {
    const plan = await side.play((within) => planFor(within, item));
    planned.push({ runsMs: [], plan, timedOut: false });
  }
  return planned;
}

function effectOf(item: WorkItem, name: string, before: Measured, after: Measured): Effect {
  return {
    item,
    before: takenBy(before),
    after: takenBy(after),
    used: indexesOf(after.plan).includes(name),
    stopped: before.timedOut,
  };
}

/** Milliseconds; of a plan that was not executed its cost. */
function takenBy({ plan, timedOut }: Measured): number {
  return timedOut ? LIMIT_MS : (plan.executionMs ?? plan.root.cost);
}
