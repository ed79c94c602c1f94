import { bench } from '../bench/bench.js';
import type { Workload } from '../bench/workloads.js';
import { renderBench, renderTick } from '../output/bench.js';
import type { Context } from './context.js';

interface Options {
  readonly clients: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds. */
  readonly warmUp: number;
  readonly rate?: number;
  readonly users: number;
}

export async function run(
  { stores, screen, interrupted }: Context,
  workload: Workload,
  { duration, warmUp, ...options }: Options,
): Promise<void> {
  const progress = screen.progress('Benchmark:');
  const { result, failure } = await bench(stores, {
    ...options,
    workload,
    durationMs: duration,
    warmUpMs: warmUp,
    interrupted,
    onStep: (step) => progress.update(step),
    onTick: (tick) => progress.update(renderTick(tick, duration)),
  }).finally(() => progress.stop());
  screen.show(result, renderBench);
  if (failure) throw failure;
}
