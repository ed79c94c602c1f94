import { nodesOf } from '../nodes.js';
import { nameOf, numberIn, psql, type Rule, readBy, rows, severityOf } from './hint.js';

const MANY = 1_000;

/** An index-only scan that looks into the table after all, since VACUUM has not marked its pages. */
export const heapFetches: Rule = (plan, { tables }) =>
  [...nodesOf(plan.root)].flatMap((node) => {
    const fetches = numberIn(node, 'Heap Fetches');
    const table = tables.get(node.source ?? '');
    if (!table || fetches < MANY || fetches < readBy(node) * 0.2) return [];
    if (node.exclusiveMs < plan.totalMs * 0.05) return [];
    const visible = Math.floor((100 * table.visiblePages) / Math.max(1, table.pages));
    return [
      {
        rule: 'heap-fetches',
        severity: severityOf(plan, node.exclusiveMs),
        node: nameOf(node),
        evidence: `looks up ${rows(fetches)} in the table; VACUUM has marked ${visible}% of its pages as visible to all`,
        change: 'vacuum the table: then the index alone answers',
        command: psql(`VACUUM ${table.name}`),
      },
    ];
  });
