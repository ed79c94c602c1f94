import { lockLines } from '../../output/indexes.js';
import { bytes, count, milliseconds } from '../../output/text.js';
import { type BuildProgress, buildIndex } from '../../tuning/index-build.js';
import { planIndex } from '../../tuning/index-plan.js';
import type { Context } from '../context.js';

/** An index on a large table takes its time. */
const TIMEOUT_MS = 6 * 3_600_000;

export async function run(
  { stores, screen, interrupted }: Context,
  name: string | undefined,
  options: { on?: string; columns?: string; dryRun?: boolean },
): Promise<void> {
  const sql = stores.postgres(TIMEOUT_MS);
  const plan = await planIndex(sql, { name, table: options.on, columns: options.columns });
  if (plan.state === 'invalid') screen.note(`${plan.name} is invalid: dropped and built again`);
  if (plan.state !== 'valid') screen.note(lockLines(plan));
  if (options.dryRun) {
    screen.show({ ...plan, changed: false }, () =>
      plan.state === 'valid' ? `${plan.name} is there already.` : `${plan.statement};`,
    );
    return;
  }
  const progress = screen.progress(`Building ${plan.name}:`);
  const onProgress = (state: BuildProgress) => progress.update(describe(state));
  const built = await buildIndex(sql, plan, { interrupted, onProgress }).finally(progress.stop);
  screen.show(built, () =>
    built.changed
      ? `Built ${built.name}: ${bytes(built.sizeBytes)} in ${milliseconds(built.durationMs)}.`
      : `${built.name} is there already (${bytes(built.sizeBytes)}).`,
  );
}

function describe({ phase: named, done, total, waitsFor }: BuildProgress): string {
  const phase = named.replace('building index: ', '');
  if (waitsFor !== null) return `${phase} (pid ${waitsFor})`;
  if (total === 0) return phase;
  const part = Math.floor((100 * done) / total);
  return `${phase} ${part}%, ${count(done)} of ${count(total)}`;
}
