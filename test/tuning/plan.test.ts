import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RequestError } from '../../src/errors.js';
import { misestimates } from '../../src/tuning/estimates.js';
import { nodesOf, type PlanNode } from '../../src/tuning/nodes.js';
import { indexesOf, nodeTypes, type Plan, parsePlan } from '../../src/tuning/plan.js';

const FOLDER = new URL('plans/', import.meta.url);
const RECORDED = readdirSync(FOLDER).sort();

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
}

function recorded(name: string): Plan {
  return parsePlan(read(name));
}

function find(plan: Plan, title: string): PlanNode {
  const node = [...nodesOf(plan.root)].find((candidate) => candidate.title === title);
  assert.ok(node, `no ${title} in ${nodeTypes(plan)}`);
  return node;
}

function near(actual: number, expected: number, tolerance = 0.01) {
  const within = Math.abs(actual - expected) <= Math.max(expected * tolerance, 0.005);
  assert.ok(within, `${actual} is not near ${expected}`);
}

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

/** PostgreSQL's nodes, all of them, without what they hold beneath them. */
function rawNodes(raw: Record<string, unknown>): Record<string, unknown>[] {
  const { Plans, ...fields } = raw;
  const children = (Plans ?? []) as Record<string, unknown>[];
  return [fields, ...children.flatMap(rawNodes)];
}

describe('a recorded plan', () => {
  for (const file of RECORDED) {
    const name = file.replace('.json', '');
    it(`${name} is read without loss, and its exclusive times add up`, () => {
      const [document] = read(name) as [{ Plan: Record<string, unknown> }];
      const plan = recorded(name);
      const nodes = [...nodesOf(plan.root)];
      assert.deepEqual(
        nodes.map(({ fields }) => fields),
        rawNodes(document.Plan),
      );
      for (const { exclusiveMs, exclusiveBuffers, title } of nodes) {
        assert.ok(exclusiveMs >= 0, `${title}: ${exclusiveMs} ms`);
        assert.ok(exclusiveBuffers >= 0, `${title}: ${exclusiveBuffers} buffers`);
      }
      near(sum(nodes.map(({ exclusiveMs }) => exclusiveMs)), plan.totalMs);
      if (!name.startsWith('modifying-cte')) near(plan.totalMs, plan.root.inclusiveMs);
      if (plan.executionMs !== undefined) {
        assert.ok(plan.totalMs <= plan.executionMs, `${plan.totalMs} > ${plan.executionMs}`);
      }
    });
  }

  it('of several processes counts wall-clock time, not the sum over processes', () => {
    const plan = recorded('initplan-parallel-15');
    const scan = find(plan, 'Parallel Seq Scan');
    assert.equal(scan.loops, 3);
    near(scan.inclusiveMs, Number(scan.fields['Actual Total Time']));
  });

  it('takes the time of a CTE from those who scan it', () => {
    const plan = recorded('cte-read-twice-15');
    const cte = plan.root.children.find(({ subplan }) => subplan === 'CTE big');
    assert.ok(cte);
    near(sum([...nodesOf(cte)].map(({ exclusiveMs }) => exclusiveMs)), cte.inclusiveMs);
    const scans = [...nodesOf(plan.root)].filter(({ source }) => source === 'big');
    assert.equal(scans.length, 3);
    assert.ok(sum(scans.map(({ exclusiveMs }) => exclusiveMs)) < cte.inclusiveMs / 5);
  });

  for (const version of [15, 18]) {
    it(`takes the time of an InitPlan from the node that asks for its value (${version})`, () => {
      const plan = recorded(`initplan-subplan-${version}`);
      const initPlan = plan.root.children.find(({ role }) => role === 'InitPlan');
      assert.ok(initPlan);
      near(sum([...nodesOf(initPlan)].map(({ exclusiveMs }) => exclusiveMs)), initPlan.inclusiveMs);
      assert.ok(plan.root.exclusiveMs < plan.root.inclusiveMs - initPlan.inclusiveMs);
    });

    it(`counts what a data-modifying CTE does after the root has ended (${version})`, () => {
      const plan = recorded(`modifying-cte-${version}`);
      assert.ok(plan.totalMs > 10 * plan.root.inclusiveMs);
      assert.ok(find(plan, 'Insert').exclusiveMs > 0);
    });
  }

  it('multiplies the time of a repeated node by its loops', () => {
    const plan = recorded('gather-in-nested-loop-15');
    const inner = find(plan, 'Index Only Scan');
    assert.equal(inner.loops, 500);
    near(inner.inclusiveMs, 500 * Number(inner.fields['Actual Total Time']));
  });

  it('names its nodes as the text form of EXPLAIN does', () => {
    assert.ok(
      nodeTypes(recorded('parallel-hash-left-join-15')).includes('Parallel Hash Left Join'),
    );
    assert.ok(nodeTypes(recorded('parallel-append-18')).includes('Partial HashAggregate'));
    assert.ok(nodeTypes(recorded('partitioned-pruned-18')).includes('Parallel Append'));
    assert.deepEqual(nodeTypes(recorded('insert-triggers-15')), ['Insert', 'Function Scan']);
  });

  it('tells the indexes that it uses', () => {
    assert.deepEqual(indexesOf(recorded('bitmap-and-or-15')), ['bits_a_idx', 'bits_b_idx']);
  });

  it('marks a row count that is far off', () => {
    const plan = recorded('foreign-scan-15');
    const found = misestimates(plan.root).get(find(plan, 'Foreign Scan'));
    assert.equal(found?.came, 'more');
    assert.ok(found.factor > 800 && found.factor < 900);
  });

  it('does not blame the planner for rows that a LIMIT did not ask for', () => {
    const plan = recorded('limit-cut-short-15');
    const sort = find(plan, 'Sort');
    assert.ok((sort.actualRows ?? 0) * 1000 < sort.estimatedRows);
    assert.equal(misestimates(plan.root).get(sort), undefined);
  });

  it('counts the pages that sending the rows took, which no node accounts for', () => {
    const plan = recorded('wal-and-long-values-18');
    assert.equal(plan.root.buffers.hit, 5);
    assert.equal(plan.buffers.hit, 605);
  });

  it('that was not executed has estimates only', () => {
    const plan = recorded('not-executed-18');
    assert.equal(plan.executionMs, undefined);
    assert.equal(plan.totalMs, 0);
    assert.equal(plan.root.actualRows, undefined);
    assert.ok(plan.root.cost > 0);
  });
});

describe('parsePlan', () => {
  it('refuses what is no plan, and says where', () => {
    for (const json of [null, [], [{}], 'Plan', [{ Plan: { Plans: [] } }]]) {
      assert.throws(
        () => parsePlan(json),
        (error) => error instanceof RequestError && error.code === 'not-a-plan',
      );
    }
  });

  it('shares out the time of any tree: nothing negative, nothing lost', () => {
    fc.assert(
      fc.property(anyNode, (raw) => {
        const plan = parsePlan([{ Plan: raw, 'Execution Time': 1 }]);
        const shares = [...nodesOf(plan.root)].map(({ exclusiveMs }) => exclusiveMs);
        assert.ok(shares.every((share) => share >= 0));
        near(sum(shares), plan.root.inclusiveMs, 1e-6);
      }),
    );
  });
});

const type = fc.constantFrom('Seq Scan', 'Gather', 'Nested Loop', 'CTE Scan', 'Append', 'Limit');
const role = fc.constantFrom(
  { 'Parent Relationship': 'Outer' },
  { 'Parent Relationship': 'Member' },
  { 'Parent Relationship': 'SubPlan', 'Subplan Name': 'SubPlan 2' },
  { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'CTE c' },
  { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'InitPlan 1 (returns $0)' },
);
const figures = fc.record({
  'Node Type': type,
  'CTE Name': fc.constant('c'),
  'Actual Total Time': fc.nat({ max: 1000 }).map((time) => time / 10),
  'Actual Rows': fc.nat({ max: 50 }),
  'Actual Loops': fc.nat({ max: 4 }),
  'Shared Hit Blocks': fc.nat({ max: 50 }),
  Filter: fc.constantFrom('(a > $0)', '(a > 1)'),
});
const { node: anyNode } = fc.letrec<{
  node: Record<string, unknown>;
  below: Record<string, unknown>[];
}>((tie) => ({
  below: fc.oneof(
    { maxDepth: 4 },
    fc.constant<Record<string, unknown>[]>([]),
    fc.array(tie('node'), { maxLength: 3 }),
  ),
  node: fc
    .tuple(figures, role, tie('below'))
    .map(([own, place, Plans]) => ({ ...own, ...place, Plans })),
}));
