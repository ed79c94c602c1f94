import { StoreError } from '../errors.js';
import { type DriveOptions, drive, kindOf } from './drive.js';
import { createLatencies, type Latencies } from './latencies.js';
import type { Sandbox } from './sandbox.js';
import { feedOf, type Phase, phasesOf, type Workload } from './workloads.js';

export interface BenchOptions {
  readonly workload: Workload;
  readonly clients: number;
  /** Of the whole measurement, milliseconds. */
  readonly durationMs: number;
  /** Before it, not measured, milliseconds. */
  readonly warmUpMs: number;
  /** Operations a second; undefined: as fast as the clients can. */
  readonly rate?: number | undefined;
  /** Users of the made-up network. */
  readonly users: number;
  readonly interrupted: AbortSignal;
  /** Told what is being done. */
  onStep(step: string): void;
  /** Told several times a second how the measurement stands. */
  onTick(tick: Tick): void;
}

export interface Tick {
  readonly phase: string;
  readonly elapsedMs: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly errors: number;
}

const TICK_MS = 250;

export interface Measurement {
  readonly latencies: Map<string, Latencies>;
  /** Milliseconds in which each operation could happen. */
  readonly measuredMs: Map<string, number>;
  readonly lastedMs: number;
  readonly errorKinds: Record<string, number>;
  readonly missed: number;
  readonly failure?: StoreError | undefined;
}

/** Warms up, then goes through the workload's phases. */
export async function measure(
  sandbox: Sandbox,
  options: BenchOptions,
  explain: DriveOptions['explain'],
): Promise<Measurement> {
  const { workload, clients, rate, interrupted, onStep } = options;
  const phases = phasesOf(workload, sandbox);
  const common = { clients, interrupted, explain };
  const nothing = { onDone: () => {}, onError: () => {} };
  onStep('warming up');
  if (sandbox.cached && workload !== 'follow') await fill(sandbox, interrupted);
  const kinds = [...new Map(phases.map((phase) => [phase.name, phase])).values()];
  for (const phase of kinds) {
    const durationMs = options.warmUpMs / kinds.length;
    const warm = { ...common, ...nothing, durationMs, next: () => phase.next() };
    const { failure } = await drive(warm);
    if (failure) throw failure;
  }

  const latencies = new Map<string, Latencies>();
  const measuredMs = new Map<string, number>();
  const errorKinds: Record<string, number> = {};
  let [lastedMs, missed] = [0, 0];
  let goodAt: number | undefined;
  for (const name of phases.flatMap(({ operations }) => operations)) {
    latencies.set(name, createLatencies());
  }
  for (const phase of phases) {
    if (interrupted.aborted) break;
    const stopTicking = tick(phase, latencies, lastedMs, options);
    const driven = await drive({
      ...common,
      rate,
      goodAt,
      durationMs: options.durationMs / phases.length,
      next: () => phase.next(),
      onDone({ name }, ms) {
        latencies.get(name)?.record(ms);
      },
      onError({ name }, error) {
        latencies.get(name)?.fail();
        const kind = kindOf(error);
        errorKinds[kind] = (errorKinds[kind] ?? 0) + 1;
      },
    });
    stopTicking();
    lastedMs += driven.lastedMs;
    missed += driven.missed;
    goodAt = driven.goodAt;
    for (const name of phase.operations) {
      measuredMs.set(name, (measuredMs.get(name) ?? 0) + driven.lastedMs);
    }
    const { failure } = driven;
    if (failure) return { latencies, measuredMs, lastedMs, errorKinds, missed, failure };
  }
  return { latencies, measuredMs, lastedMs, errorKinds, missed };
}

/** Every reader's timeline, so that a cached read is one. */
async function fill(sandbox: Sandbox, interrupted: AbortSignal): Promise<void> {
  const left = [...sandbox.readers];
  const client = async () => {
    for (let reader = left.pop(); reader && !interrupted.aborted; reader = left.pop()) {
      await feedOf(sandbox, reader, true).catch((error) => {
        // Redis is bound to tenths of a second, which a busy machine may miss once.
        if (!isRedisAway(error)) throw error;
        return feedOf(sandbox, reader, true);
      });
    }
  };
  await Promise.all(Array.from({ length: sandbox.clients }, client));
}

function isRedisAway(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'redis-unavailable';
}

function tick(
  phase: Phase,
  latencies: ReadonlyMap<string, Latencies>,
  before: number,
  { onTick }: BenchOptions,
): () => void {
  const start = performance.now();
  const counted = () => {
    let [count, errors, p99Ms] = [0, 0, 0];
    for (const one of latencies.values()) {
      count += one.count;
      errors += one.errors;
      p99Ms = Math.max(p99Ms, one.quantile(0.99));
    }
    return { count, errors, p99Ms };
  };
  const atStart = counted().count;
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - start;
    const { count, errors, p99Ms } = counted();
    const perSecond = ((count - atStart) / elapsedMs) * 1_000;
    onTick({ phase: phase.name, elapsedMs: before + elapsedMs, perSecond, p99Ms, errors });
  }, TICK_MS);
  return () => clearInterval(timer);
}
