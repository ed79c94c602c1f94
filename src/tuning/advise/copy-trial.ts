import type { Sql, Transaction } from '../../stores/postgres.js';
import { type Measured, measureSides, type Side } from '../legs.js';
import { indexesOf } from '../plan.js';
import { readOnly, type SessionOptions, undone } from '../session.js';
import { dropOnCopies, withCopies } from '../techniques/sampled-copy.js';
import type { Sampled } from '../techniques/temporary-copy.js';
import type { PricedCandidate } from './candidates.js';
import { planFor } from './cost.js';
import { type Effect, type Trial, takeInTurn, trialOf } from './trial.js';
import type { PlannedItem, WorkItem } from './workload.js';

export interface CopyTrials {
  readonly copies: readonly Sampled[];
  readonly taken: Map<PricedCandidate, Trial>;
}

/** Of one run; the copies are small, so what takes longer is what an index would mend. */
const LIMIT_MS = 1_000;
const RUNS = 3;

/**
 * Builds indexes on temporary copies of the tables that the workload reads, and runs it there without
 * and with each, in turns. Statements whose values are not known are only planned.
 *
 * @param given indexes that are to be there throughout
 */
export function tryOnCopies(
  sql: Sql,
  {
    given,
    candidates,
  }: { given: readonly PricedCandidate[]; candidates: readonly PricedCandidate[] },
  workload: readonly PlannedItem[],
  session: SessionOptions,
): Promise<CopyTrials> {
  const targets = [...given, ...candidates];
  return withCopies(sql, targets, session, async (transaction, copies) => {
    await transaction`SELECT set_config('statement_timeout', ${`${LIMIT_MS}ms`}, true)`;
    const measured = workload.every(({ item }) => !item.generic);
    const taken = await takeInTurn(candidates, async (left) => {
      const effects: Effect[][] = left.map(() => []);
      for (const { item } of workload) {
        const sides = [undefined, ...left].map((tried) => sideOf(transaction, item, left, tried));
        const [before, ...after] = await play(sides, item, measured, session);
        for (const [place, { name }] of left.entries()) {
          const leg = after[place];
          if (before && leg) effects[place]?.push(effectOf(item, name, before, leg));
        }
      }
      return effects.map((list) => trialOf({ on: 'a temporary copy', measured }, list, LIMIT_MS));
    });
    return { copies, taken };
  });
}

/** A statement with one of the indexes that are left to try, or with none of them. */
function sideOf(
  transaction: Transaction,
  item: WorkItem,
  left: readonly PricedCandidate[],
  tried: PricedCandidate | undefined,
): Side {
  const others = left.filter((candidate) => candidate !== tried);
  return {
    name: tried?.name ?? 'without',
    play: (work) =>
      undone(transaction, async () => {
        await dropOnCopies(transaction, others);
        await readOnly(transaction);
        return work(transaction, item);
      }),
  };
}

async function play(
  sides: readonly Side[],
  item: WorkItem,
  execute: boolean,
  { interrupted }: SessionOptions,
): Promise<readonly Measured[]> {
  if (execute) {
    const options = { runs: RUNS, limitMs: LIMIT_MS, interrupted };
    return (await measureSides(sides, true, options)).measured;
  }
  const planned: Measured[] = [];
  for (const side of sides) {
    const plan = await side.play((transaction) => planFor(transaction, item));
    planned.push({ runsMs: [], plan, timedOut: false });
  }
  return planned;
}

function effectOf(item: WorkItem, name: string, before: Measured, after: Measured): Effect {
  const used = indexesOf(after.plan).includes(name);
  return { item, before: takenBy(before), after: takenBy(after), used };
}

/** Milliseconds; of a plan that was not executed its cost; null where it was stopped. */
function takenBy({ plan, timedOut }: Measured): number | null {
  return timedOut ? null : (plan.executionMs ?? plan.root.cost);
}
