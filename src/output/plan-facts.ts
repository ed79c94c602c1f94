import type { PlanNode } from '../tuning/nodes.js';
import { bytes, count, plural } from './text.js';

/** Fields that the tree shows elsewhere, that follow from it, or that only a program asks for. */
const ELSEWHERE = new Set([
  ...['Node Type', 'Parent Relationship', 'Parallel Aware', 'Async Capable', 'Scan Direction'],
  ...['Strategy', 'Partial Mode', 'Join Type', 'Operation', 'Command', 'Custom Plan Provider'],
  ...['Subplan Name', 'Schema', 'Relation Name', 'CTE Name', 'Function Name', 'Alias'],
  ...['Table Function Name', 'Tuplestore Name', 'Index Name', 'Plan Rows', 'Plan Width', 'Output'],
  ...['Startup Cost', 'Total Cost', 'Actual Startup Time', 'Actual Total Time', 'Actual Rows'],
  ...['Actual Loops', 'Workers', 'Workers Planned', 'Workers Launched', 'Inner Unique', 'Disabled'],
  ...['Sort Key', 'Sort Method', 'Sort Space Used', 'Sort Space Type', 'Single Copy', 'Storage'],
  ...['Hash Buckets', 'Original Hash Buckets', 'Hash Batches', 'Original Hash Batches'],
  ...['Peak Memory Usage', 'HashAgg Batches', 'Disk Usage', 'Planned Partitions', 'Target Tables'],
  ...['Cache Mode', 'Cache Evictions', 'Cache Overflows', 'Cache Hits', 'Cache Misses'],
  ...['Maximum Storage', 'Exact Heap Blocks', 'Lossy Heap Blocks', 'Heap Fetches'],
  ...['Index Searches', 'Full-sort Groups', 'Pre-sorted Groups', 'Disabled Nodes'],
]);

/** Rows Removed by …, with the condition that removed them. */
const REMOVED: Readonly<Record<string, string>> = {
  Filter: 'Rows Removed by Filter',
  'Join Filter': 'Rows Removed by Join Filter',
  'Recheck Cond': 'Rows Removed by Index Recheck',
};
const REMOVALS = new Set(Object.values(REMOVED));
const COUNTERS = /( Blocks| Time|^WAL .*|^Temp .*)$/;

const NOTABLE_MEMORY = 1024 ** 2;

/** What a node did, in a few words: loops, workers, memory, spills. */
export function factsOf(node: PlanNode): string[] {
  const number = (name: string) => Number(node.fields[name] ?? 0);
  const { loops = 1 } = node;
  const batches = Math.max(number('Hash Batches'), number('HashAgg Batches'));
  const memory = number('Peak Memory Usage') * 1024;
  const lookups = number('Cache Hits') + number('Cache Misses');
  return [
    loops > 1 && plural(loops, 'loop'),
    workersOf(node),
    ...sortFacts(node),
    batches > 1 && `${count(batches)} batches, spilled to disk`,
    memory >= NOTABLE_MEMORY && `${bytes(memory)} of memory`,
    lookups > 0 && `${count(number('Cache Hits'))} of ${count(lookups)} found in the cache`,
    node.fields['Heap Fetches'] !== undefined &&
      number('Heap Fetches') > 0 &&
      plural(number('Heap Fetches'), 'heap fetch', 'heap fetches'),
    number('Lossy Heap Blocks') > 0 && `${count(number('Lossy Heap Blocks'))} lossy pages`,
    node.buffers.tempWritten > 0 && `${count(node.buffers.tempWritten)} temporary pages written`,
  ].filter((fact): fact is string => typeof fact === 'string');
}

function workersOf({ fields }: PlanNode): string | undefined {
  const { 'Workers Planned': planned, 'Workers Launched': launched } = fields;
  if (planned === undefined) return undefined;
  const workers = plural(Number(planned), 'worker');
  return launched === undefined ? `${workers} planned` : `${launched} of ${workers}`;
}

function sortFacts({ fields }: PlanNode): (string | false)[] {
  const key = fields['Sort Key'];
  const method = fields['Sort Method'];
  const space = Number(fields['Sort Space Used'] ?? 0) * 1024;
  const where = fields['Sort Space Type'] === 'Disk' ? 'on disk' : 'of memory';
  return [
    Array.isArray(key) && `by ${key.join(', ')}`,
    typeof method === 'string' && `${method}, ${bytes(space)} ${where}`,
  ];
}

/** Conditions, and every field that this tool does not know: a line each. */
export function conditionsOf({ fields, loops = 1 }: PlanNode): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (ELSEWHERE.has(name) || REMOVALS.has(name) || COUNTERS.test(name)) return [];
    const text = textOf(value);
    if (!text) return [];
    const removed = Number(fields[REMOVED[name] ?? ''] ?? 0) * loops;
    return removed > 0
      ? [`${name.toLowerCase()} ${text} removed ${plural(removed, 'row')}`]
      : [`${name.toLowerCase()} ${text}`];
  });
}

function textOf(value: unknown): string {
  if (value === false || value === null || value === 0) return '';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
