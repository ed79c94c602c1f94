import type { StoreError } from '../errors.js';
import { failureOf } from '../stores/failures.js';
import type { Stores } from '../stores/stores.js';
import type { OperationResult } from './latencies.js';
import { type BenchOptions, type Measurement, measure } from './measure.js';
import { inSandbox, type Network, type Sandbox } from './sandbox.js';
import type { Workload } from './workloads.js';

export interface BenchResult {
  readonly workload: Workload;
  readonly clients: number;
  readonly rate: number | null;
  readonly warmUpMs: number;
  /** What was asked for. */
  readonly durationMs: number;
  /** What was measured; less where it was interrupted. */
  readonly measuredMs: number;
  /** What it was measured on. */
  readonly network: Network;
  /** Whether there was a Redis. */
  readonly cached: boolean;
  readonly operations: readonly OperationResult[];
  /** Errors by kind, all operations together. */
  readonly errorKinds: Readonly<Record<string, number>>;
  /** Due by the rate, and not begun in time. */
  readonly missed: number;
}

/**
 * Measures the latency of a workload on a made-up network of its own; nothing else is read or changed.
 *
 * @returns `result`, and `failure` where a store went down before the end
 * @throws StoreError when a store that is configured is down from the beginning; InterruptedError when
 *   it is interrupted before anything was measured
 */
export async function bench(
  stores: Stores,
  options: BenchOptions,
): Promise<{ result: BenchResult; failure?: unknown }> {
  let result: BenchResult | undefined;
  let failure: StoreError | undefined;
  const explain = (error: unknown) => failureOf(error, stores.config) ?? error;
  try {
    await inSandbox(stores, options, async (sandbox) => {
      const measurement = await measure(sandbox, options, explain);
      result = resultOf(sandbox, options, measurement);
      failure = measurement.failure;
      // What tidies up is told that a store is down.
      if (failure) throw failure;
    });
  } catch (error) {
    // What was measured is worth more than the reason why nothing could be tidied up after it.
    if (!result) throw error;
    return { result, failure: failure ?? error };
  }
  if (!result) throw new Error('nothing was measured');
  return { result };
}

function resultOf(
  { network, cached }: Sandbox,
  { workload, clients, rate, warmUpMs, durationMs }: BenchOptions,
  { latencies, measuredMs, lastedMs, errorKinds, missed }: Measurement,
): BenchResult {
  return {
    workload,
    clients,
    rate: rate ?? null,
    warmUpMs,
    durationMs,
    measuredMs: Math.round(lastedMs),
    network,
    cached,
    operations: [...latencies].map(([name, one]) =>
      one.result(name, (measuredMs.get(name) ?? 0) / 1_000),
    ),
    errorKinds,
    missed,
  };
}
