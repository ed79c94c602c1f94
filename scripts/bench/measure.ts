import type { Bench } from './bench.js';
import { type Figure, type Row, Skipped } from './row.js';

/** What a row came to. */
export interface Result {
  readonly row: Row;
  readonly figures: readonly Figure[];
  /** Why it could not be measured here. */
  readonly skipped?: string;
  readonly seconds: number;
}

/** Measures row after row; one that lacks something here is left out, and the others go on. */
export async function* measureRows(bench: Bench, rows: readonly Row[]): AsyncGenerator<Result> {
  for (const row of rows) yield await measureRow(bench, row);
}

async function measureRow(bench: Bench, row: Row): Promise<Result> {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1_000);
  try {
    const figures = await row.measure(bench);
    return { row, figures, seconds: seconds() };
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    return { row, figures: [], skipped: error.message, seconds: seconds() };
  }
}
