/** One measurement: the amount that is compared. */
export type Side = () => Promise<number>;

/**
 * Measures several sides in turns, there and back again (A B, B A, …), so that whatever drifts
 * meanwhile drifts for all.
 *
 * @param rounds how often each side is measured; once more before, to warm it
 * @returns the median of each side
 */
export async function inTurns(sides: readonly Side[], rounds: number): Promise<number[]> {
  const amounts = sides.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    const order = [...sides.entries()];
    for (const [at, side] of round % 2 === 0 ? order : order.reverse()) {
      const amount = await side();
      if (round >= 0) amounts[at]?.push(amount);
    }
  }
  return amounts.map(median);
}

/** {@link inTurns} for two sides. */
export async function sideBySide(
  side: Side,
  other: Side,
  rounds: number,
): Promise<{ measured: number; against: number }> {
  const [measured = Number.NaN, against = Number.NaN] = await inTurns([side, other], rounds);
  return { measured, against };
}

/** Of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(
    Math.ceil(middle) - 1,
    Math.floor(middle) + 1,
  );
  return (low + high) / 2;
}

/** What one call takes, milliseconds: the median of as many as fit into the time. */
export async function callMs(work: () => Promise<unknown>, forMs: number): Promise<number> {
  const times: number[] = [];
  for (const end = performance.now() + forMs; performance.now() < end; ) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return median(times);
}

/** Calls a second, by so many clients each of which waits for its answer before it asks again. */
export async function throughput(
  work: () => Promise<unknown>,
  clients: number,
  forMs: number,
): Promise<number> {
  let calls = 0;
  const started = performance.now();
  const client = async () => {
    for (; performance.now() - started < forMs; calls++) await work();
  };
  await Promise.all(Array.from({ length: clients }, client));
  return (calls / (performance.now() - started)) * 1_000;
}
