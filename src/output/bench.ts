import type { BenchResult } from '../bench/bench.js';
import { BINS_PER_DECADE, type OperationResult } from '../bench/latencies.js';
import type { Tick } from '../bench/measure.js';
import { compact } from './figures.js';
import type { Screen } from './screen.js';
import { type Column, table } from './table.js';
import { count, milliseconds, plural } from './text.js';

/** What was measured, the figures, and how the latencies are spread. */
export function renderBench(result: BenchResult, screen: Screen): string {
  const { operations } = result;
  return [
    headline(result),
    '',
    table(operations, COLUMNS, screen),
    '',
    latencyChart(operations, screen),
    ...remarks(result, screen),
  ].join('\n');
}

function headline({ workload, clients, rate, measuredMs, network }: BenchResult): string {
  const load = rate === null ? 'each as fast as it can' : `${count(rate)} operations a second`;
  const on = `${count(network.users)} users, ${count(network.posts)} posts, ${count(network.follows)} follows`;
  return `${workload}: ${plural(clients, 'client')}, ${load}, ${milliseconds(measuredMs)}\n${on}`;
}

const COLUMNS: Column<OperationResult>[] = [
  { header: 'operation', cell: ({ name }) => name },
  { header: 'count', align: 'right', cell: (one) => compact(one.count) },
  { header: 'errors', align: 'right', cell: (one) => compact(one.errors) },
  { header: 'p50', align: 'right', cell: (one) => milliseconds(one.p50Ms) },
  { header: 'p95', align: 'right', cell: (one) => milliseconds(one.p95Ms) },
  { header: 'p99', align: 'right', cell: (one) => milliseconds(one.p99Ms) },
  { header: 'max', align: 'right', cell: (one) => milliseconds(one.maxMs) },
  { header: 'a second', align: 'right', cell: (one) => compact(one.perSecond) },
];

const SHADES = ' ▁▂▃▄▅▆▇█';
const DECADES = ['1 µs', '10 µs', '0.1 ms', '1 ms', '10 ms', '100 ms', '1 s', '10 s', '100 s'];

/** A line for each operation over one logarithmic axis; the highest of a line is its most frequent. */
function latencyChart(operations: readonly OperationResult[], { style, columns }: Screen): string {
  const measured = operations.filter((one) => one.count > 0);
  const bins = measured.flatMap(({ distribution }) =>
    distribution.flatMap((times, at) => (times > 0 ? [at] : [])),
  );
  if (bins.length === 0) return style.dim('no latencies: nothing ended well');
  const first = Math.floor(Math.min(...bins) / BINS_PER_DECADE);
  const last = Math.floor(Math.max(...bins) / BINS_PER_DECADE) + 1;
  const margin = Math.max(...measured.map(({ name }) => name.length)) + 2;
  const room = Math.floor((Math.min(columns, 120) - margin - 8) / (last - first));
  const [wide, perCell] = scaleOf(room);
  const lines = measured.map(({ name, distribution }) => {
    const cells = Array.from({ length: wide * (last - first) }, (_, cell) => {
      const from = first * BINS_PER_DECADE + cell * perCell;
      return sum(distribution.slice(Math.floor(from), Math.ceil(from + perCell)));
    });
    const most = Math.max(...cells);
    const shades = cells.map((times) => SHADES[times > 0 ? Math.ceil((times / most) * 8) : 0]);
    return `${name.padEnd(margin)}${style.cyan(shades.join('').trimEnd())}`;
  });
  const axis = DECADES.slice(first, last + 1).map((label, at, all) =>
    at === all.length - 1 ? `┴ ${label}` : `┴ ${label}`.padEnd(wide, ' '),
  );
  return [...lines, ' '.repeat(margin) + style.dim(axis.join(''))].join('\n');
}

/** Columns of a decade, and bins in a column: whole numbers of both. */
function scaleOf(room: number): [columns: number, bins: number] {
  return room >= BINS_PER_DECADE ? [BINS_PER_DECADE, 1] : [BINS_PER_DECADE / 2, 2];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function remarks(result: BenchResult, { style }: Screen): string[] {
  const { operations, errorKinds, missed, rate, cached, workload, durationMs, measuredMs } = result;
  const lines: string[] = [];
  const [cold, fast] = ['feed, cold', 'feed, cached'].map((wanted) =>
    operations.find(({ name, count: times }) => name === wanted && times > 0),
  );
  if (cold && fast) {
    lines.push(`cached, the median is ${(cold.p50Ms / fast.p50Ms).toFixed(1)}× as fast as cold`);
  }
  for (const [kind, times] of Object.entries(errorKinds)) {
    lines.push(style.red(`${plural(times, 'error')}: ${kind}`));
  }
  if (missed > 0) {
    lines.push(
      style.yellow(`${plural(missed, 'operation')} of ${count(rate ?? 0)} a second never began:`),
      style.yellow('the servers, or these clients, cannot keep up'),
    );
  }
  if (workload !== 'follow' && !cached) lines.push('there is no Redis: nothing was cached');
  if (measuredMs < durationMs * 0.98) {
    lines.push(`ended after ${milliseconds(measuredMs)} of ${milliseconds(durationMs)}`);
  }
  return lines.length > 0 ? ['', ...lines] : [];
}

/** How a measurement stands, on one line. */
export function renderTick(tick: Tick, durationMs: number): string {
  const { phase, elapsedMs, perSecond, p99Ms, errors } = tick;
  const time = `${(elapsedMs / 1_000).toFixed(0)} of ${(durationMs / 1_000).toFixed(0)} s`;
  const wrong = errors > 0 ? `, ${plural(errors, 'error')}` : '';
  return `${phase}: ${time}, ${compact(perSecond)} a second, p99 ${milliseconds(p99Ms)}${wrong}`;
}
