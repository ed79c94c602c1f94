import { lockLines } from '../../output/indexes.js';
import { bytes, plural } from '../../output/text.js';
import { type DropPlan, dropIndex, planDrop } from '../../tuning/index-drop.js';
import { confirm } from '../confirm.js';
import type { Context } from '../context.js';

const TIMEOUT_MS = 3_600_000;

export async function run(
  context: Context,
  name: string,
  options: { yes?: boolean; dryRun?: boolean },
): Promise<void> {
  const { stores, screen, interrupted } = context;
  const sql = stores.postgres(TIMEOUT_MS);
  const plan = await planDrop(sql, name);
  screen.note(lockLines(plan));
  if (options.dryRun) {
    screen.show({ ...plan, changed: false }, () => `${plan.statement};`);
    return;
  }
  await confirm(context, `Drop ${describe(plan)}?`, options.yes);
  const dropped = await dropIndex(sql, plan, interrupted);
  screen.show(dropped, () => `Dropped ${describe(plan)}. This brings it back:\n${plan.restore};`);
}

function describe({ name, sizeBytes, scans }: DropPlan): string {
  return `${name} (${bytes(sizeBytes)}, ${plural(scans, 'scan')})`;
}
