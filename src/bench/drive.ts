import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SocialdbError, StoreError } from '../errors.js';

/** One thing that a client does. */
export interface Operation {
  /** Operations of one name are measured together. */
  readonly name: string;
  run(): Promise<unknown>;
}

export interface DriveOptions {
  /** Clients at once; each does one thing at a time. */
  readonly clients: number;
  readonly durationMs: number;
  /** Operations a second of all clients together; undefined: each begins when its client is free. */
  readonly rate?: number | undefined;
  readonly interrupted: AbortSignal;
  /** When an operation last ended well, as performance.now() tells; by default now. */
  readonly goodAt?: number | undefined;
  next(): Operation;
  /** @param ms since the operation was to begin */
  onDone(operation: Operation, ms: number): void;
  onError(operation: Operation, error: unknown): void;
  /** What a driver's error means. */
  explain(error: unknown): unknown;
}

export interface Driven {
  /** Until the last operation ended, milliseconds. */
  readonly lastedMs: number;
  /** Due by the rate, and not begun when the time was over. */
  readonly missed: number;
  /** When an operation last ended well, as performance.now() tells. */
  readonly goodAt: number;
  /** Set when a store was away for so long that it made no sense to go on. */
  readonly failure?: StoreError;
}

/** A store that fails everything for so long is down. */
const GIVE_UP_MS = 1_000;
const TIMER_MS = 2;
const POLL_MS = 50;
/** What is under way when the time is over gets so long: more than a statement may take. */
const GRACE_MS = 2_500;

/**
 * Lets clients work for a while.
 *
 * With a rate the load is open: the n-th operation is due at n/rate seconds, whatever became of those
 * before, and its latency counts from then. A stall is thus seen by all who would have come during it,
 * not only by those few whose client it stopped ("coordinated omission", Gil Tene).
 */
export async function drive(options: DriveOptions): Promise<Driven> {
  const { clients, durationMs, rate, interrupted } = options;
  const start = performance.now();
  const end = start + durationMs;
  let tickets = 0;
  let goodAt = options.goodAt ?? start;
  let failure: StoreError | undefined;
  const over = () => interrupted.aborted || failure !== undefined || performance.now() >= end;

  const perform = async (operation: Operation, due: number) => {
    try {
      await operation.run();
      goodAt = performance.now();
      options.onDone(operation, goodAt - due);
    } catch (thrown) {
      const error = options.explain(thrown);
      options.onError(operation, error);
      const waited = performance.now() - goodAt;
      if (error instanceof StoreError && waited > GIVE_UP_MS) failure = error;
    }
  };
  const client = async () => {
    while (!over()) {
      if (!rate) {
        await perform(options.next(), performance.now());
        continue;
      }
      const due = start + (tickets * 1_000) / rate;
      if (due >= end) return;
      tickets++;
      await until(due, over);
      if (over()) tickets--;
      else await perform(options.next(), due);
    }
  };
  const down = () => failure !== undefined;
  await Promise.race([Promise.all(Array.from({ length: clients }, client)), grace(over, down)]);
  const stopped = Math.min(end, performance.now());
  const dueSoFar = rate ? Math.ceil(((stopped - start) / 1_000) * rate) : tickets;
  return {
    lastedMs: performance.now() - start,
    missed: Math.max(0, dueSoFar - tickets),
    goodAt,
    ...(failure && { failure }),
  };
}

/** What is under way when the time is over is waited for, but not on a store that is down. */
async function grace(over: () => boolean, down: () => boolean): Promise<void> {
  while (!over()) await sleep(POLL_MS, undefined, { ref: false });
  const end = performance.now() + GRACE_MS;
  while (!down() && performance.now() < end) await sleep(POLL_MS, undefined, { ref: false });
}

/** A timer may be late by more than an operation takes: the last two milliseconds are waited for by turns. */
async function until(due: number, over: () => boolean): Promise<void> {
  const wait = due - performance.now() - TIMER_MS;
  if (wait > 0) await sleep(wait);
  while (performance.now() < due && !over()) await new Promise(setImmediate);
}

/** What an error is counted as. */
export function kindOf(error: unknown): string {
  if (error instanceof SocialdbError) return error.code;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code || messageOf(error).slice(0, 60);
}
