import { type Condition, conditionsIn, joinConditionOf } from '../hints/conditions.js';
import type { Facts, TableFacts } from '../hints/facts.js';
import { indexesOn, type Suggestion, suggestIndex } from '../hints/suggest-index.js';
import { nodesOf, type PlanNode } from '../nodes.js';
import type { Plan } from '../plan.js';
import type { Price } from '../price.js';
import type { Target } from '../techniques/technique.js';

/** An index that is not there and may help. */
export interface Candidate extends Target {
  /** `posts (user_id, created_at DESC)` */
  readonly on: string;
  /** What builds it. */
  readonly command: string;
}

/** A candidate with whom it is for and what it costs. */
export interface PricedCandidate extends Candidate {
  /** The statements whose plans ask for it. */
  readonly askedBy: readonly string[];
  readonly price: Price | null;
}

/** Pages below which a table is read in no time. */
const LARGE = 128;
const FEW = 0.05;

/** The indexes that a plan, executed or not, asks for, and the known ones that its tables lack. */
export function candidatesIn({ root }: Plan, facts: Facts): Candidate[] {
  const missing = facts.missing
    .filter(({ table }) => [...nodesOf(root)].some(({ source }) => source === table))
    .map(({ name, table, statement }) => ({
      oid: null,
      name,
      table,
      definition: statement,
      on: statement.replace(/^.*? ON /, ''),
      command: `socialdb index add ${name}`,
    }));
  const asked = [...withParents(root, undefined)].flatMap(([node, parent]) => {
    const table = facts.tables.get(node.source ?? '');
    if (!table || !node.title.endsWith('Seq Scan') || table.pages < LARGE) return [];
    const conditions = conditionsOf(node, parent, table).filter(
      ({ column }) => indexesOn(facts, table.name, column).length === 0,
    );
    const suggestion = suggestIndex(facts, table.name, conditions);
    return suggestion ? [candidateFrom(table.name, suggestion)] : [];
  });
  return [...missing, ...asked];
}

function candidateFrom(table: string, { on, command }: Suggestion): Candidate {
  const name = `idx_${on.replace(/\W+/g, '_').replace(/_+$/, '')}`.slice(0, 63);
  return { oid: null, name, table, definition: `CREATE INDEX ON ${on}`, on, command };
}

function conditionsOf(
  node: PlanNode,
  parent: PlanNode | undefined,
  table: TableFacts,
): Condition[] {
  const few = Math.max(1, table.analyzedRows) * FEW;
  if (node.estimatedRows <= few) return conditionsIn(node, 'Filter', table);
  const join = joinConditionOf(node, parent, table);
  return join && parent && parent.estimatedRows <= few ? [join] : [];
}

function* withParents(
  node: PlanNode,
  parent: PlanNode | undefined,
): Generator<[PlanNode, PlanNode | undefined]> {
  yield [node, parent];
  for (const child of node.children) yield* withParents(child, node);
}
