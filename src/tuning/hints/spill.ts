import { nodesOf, type PlanNode } from '../nodes.js';
import { nameOf, numberIn, psql, quoted, type Rule, severityOf } from './hint.js';

const KB = 1024;
/** Rows take more room in memory than in a sort's temporary file (tuplesort.c keeps a header each). */
const SORT_GROWTH = 2.5;
/** More than this for each sort of each session is a risk of its own. */
const MOST_KB = 1024 * KB;

/** A sort, hash or aggregate that did not fit into work_mem and went through temporary files. */
export const spill: Rule = (plan, { settings, role }) =>
  [...nodesOf(plan.root)].flatMap((node) => {
    const spilled = spillOf(node);
    if (!spilled) return [];
    const wantedKb = 2 ** Math.ceil(Math.log2(spilled.needsKb));
    const enough = wantedKb <= MOST_KB;
    const setting = `${Math.max(1, wantedKb / KB)}MB`;
    return [
      {
        rule: 'spill',
        severity: severityOf(plan, node.exclusiveMs),
        node: nameOf(node),
        evidence: `${spilled.evidence}, with work_mem = ${settings.work_mem ?? 'unknown'}`,
        change: enough
          ? `with work_mem at about ${setting} it stays in memory; each such node of each session may take that much`
          : 'more memory than a session should have: let the statement work on fewer or narrower rows',
        command: enough ? psql(`ALTER ROLE ${quoted(role)} SET work_mem = '${setting}'`) : null,
      },
    ];
  });

interface Spill {
  readonly evidence: string;
  /** Memory in which it would have stayed, about. */
  readonly needsKb: number;
}

function spillOf(node: PlanNode): Spill | undefined {
  const sorts = [node.fields, ...workersOf(node)].filter(
    (fields) => fields['Sort Space Type'] === 'Disk',
  );
  const largestKb = Math.max(0, ...sorts.map((fields) => Number(fields['Sort Space Used'] ?? 0)));
  if (largestKb > 0) {
    const evidence = `sorted ${megabytes(largestKb)} on disk`;
    return { evidence, needsKb: largestKb * SORT_GROWTH };
  }
  const batches = Math.max(numberIn(node, 'Hash Batches'), 1);
  if (batches > 1) {
    const evidence = `the hash table went to disk in ${batches} batches`;
    return { evidence, needsKb: numberIn(node, 'Peak Memory Usage') * batches * 1.2 };
  }
  const diskKb = numberIn(node, 'Disk Usage');
  if (diskKb === 0) return undefined;
  const evidence = `the aggregate wrote ${megabytes(diskKb)} to disk`;
  return { evidence, needsKb: (numberIn(node, 'Peak Memory Usage') + diskKb) * 2 };
}

function workersOf({ fields }: PlanNode): Record<string, unknown>[] {
  return Array.isArray(fields.Workers) ? fields.Workers : [];
}

const megabytes = (kb: number) => `${(kb / KB).toFixed(1)} MB`;
