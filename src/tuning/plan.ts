import * as v from 'valibot';
import { RequestError } from '../errors.js';
import { type Buffers, buffersOf, NO_BUFFERS, together } from './buffers.js';
import { shareOut } from './exclusive.js';
import { nodesOf, type PlanNode } from './nodes.js';
import { titleOf } from './titles.js';

export interface Plan {
  readonly root: PlanNode;
  /** Milliseconds that the nodes account for; 0 when the plan was not executed or not timed. */
  readonly totalMs: number;
  /** Undefined when the plan was not executed. */
  readonly executionMs: number | undefined;
  readonly planningMs: number | undefined;
  /** Of the execution, without planning; with the sending of the rows, where it was measured. */
  readonly buffers: Buffers;
  /** Everything beside the tree: settings, planning buffers, triggers, JIT. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const optionalNumber = v.optional(v.number());
const optionalText = v.optional(v.string());

const nodeEntries = {
  'Node Type': v.string(),
  'Parent Relationship': optionalText,
  'Subplan Name': optionalText,
  'Relation Name': optionalText,
  'CTE Name': optionalText,
  'Function Name': optionalText,
  'Table Function Name': optionalText,
  'Tuplestore Name': optionalText,
  Alias: optionalText,
  'Index Name': optionalText,
  'Plan Rows': optionalNumber,
  'Total Cost': optionalNumber,
  'Actual Rows': optionalNumber,
  'Actual Loops': optionalNumber,
  'Actual Total Time': optionalNumber,
};

type RawNode = v.InferOutput<v.LooseObjectSchema<typeof nodeEntries, undefined>> & {
  Plans?: RawNode[] | undefined;
};

const nodeSchema: v.GenericSchema<unknown, RawNode> = v.looseObject({
  ...nodeEntries,
  Plans: v.optional(v.array(v.lazy(() => nodeSchema))),
});

const documentSchema = v.looseObject({
  Plan: nodeSchema,
  'Planning Time': optionalNumber,
  'Execution Time': optionalNumber,
});

/**
 * Reads what `EXPLAIN (FORMAT JSON)` gave.
 *
 * @param json the parsed JSON: PostgreSQL's array of one, or its element as auto_explain logs it
 * @throws RequestError `not-a-plan`
 */
export function parsePlan(json: unknown): Plan {
  const result = v.safeParse(documentSchema, Array.isArray(json) ? json[0] : json);
  if (!result.success) {
    const [issue] = result.issues;
    throw new RequestError(
      'not-a-plan',
      `this is no plan of EXPLAIN (FORMAT JSON): ${v.getDotPath(issue) ?? 'the document'}: ${issue.message}`,
    );
  }
  const {
    Plan: raw,
    'Planning Time': planningMs,
    'Execution Time': executionMs,
    ...fields
  } = result.output;
  const root = build(raw, 1);
  const times = shareOut(root, ({ inclusiveMs }) => inclusiveMs);
  const blocks = shareOut(root, ({ buffers }) => buffers.hit + buffers.read);
  for (const node of nodesOf(root) as Iterable<Draft>) {
    node.exclusiveMs = times.get(node) ?? 0;
    node.exclusiveBuffers = Math.round(blocks.get(node) ?? 0);
  }
  const totalMs = [...times.values()].reduce((sum, ms) => sum + ms, 0);
  const buffers = together(root.buffers, sendingOf(fields));
  return { root, totalMs, executionMs, planningMs, buffers, fields };
}

/** Long values are read only when rows are made ready to be sent, which no node accounts for. */
function sendingOf({ Serialization }: Plan['fields']): Buffers {
  const fields = v.safeParse(v.record(v.string(), v.unknown()), Serialization);
  return (fields.success && buffersOf(fields.output)) || NO_BUFFERS;
}

type Draft = { -readonly [key in keyof PlanNode]: PlanNode[key] };

/** @param processes how many ran this part of the plan side by side, on average over the loops */
function build(raw: RawNode, processes: number): Draft {
  const { Plans: children = [], ...fields } = raw;
  const loops = raw['Actual Loops'];
  const runs = loops ?? 1;
  return {
    title: titleOf(fields),
    source:
      raw['Relation Name'] ??
      raw['CTE Name'] ??
      raw['Function Name'] ??
      raw['Table Function Name'] ??
      raw['Tuplestore Name'],
    alias: raw.Alias,
    index: raw['Index Name'],
    role: raw['Parent Relationship'],
    subplan: raw['Subplan Name'],
    loops,
    estimatedRows: (raw['Plan Rows'] ?? 0) * Math.max(runs, 1),
    actualRows: loops === undefined ? undefined : (raw['Actual Rows'] ?? 0) * runs,
    cost: raw['Total Cost'] ?? 0,
    inclusiveMs: ((raw['Actual Total Time'] ?? 0) * runs) / processes,
    exclusiveMs: 0,
    buffers: buffersOf(fields) ?? NO_BUFFERS,
    exclusiveBuffers: 0,
    fields,
    children: children.map((child) => build(child, processes * sideBySide(raw, child))),
  };
}

/**
 * How many processes a Gather's child ran in. PostgreSQL counts a loop for each of them and gives
 * the average time, so that time times loops is more than the wall clock shows.
 */
function sideBySide(parent: RawNode, child: RawNode): number {
  const gathers = parent['Node Type'].startsWith('Gather');
  if (!gathers || child['Parent Relationship'] !== 'Outer') return 1;
  return Math.max(1, (child['Actual Loops'] ?? 1) / (parent['Actual Loops'] || 1));
}

/** The kinds of nodes of a plan, each once, from the root on. */
export function nodeTypes({ root }: Plan): string[] {
  return [...new Set([...nodesOf(root)].map(({ title }) => title))];
}

/** The indexes that a plan uses, also in parts that were never executed. */
export function indexesOf({ root }: Plan): string[] {
  return [...new Set([...nodesOf(root)].flatMap(({ index }) => index ?? []))];
}
