import { nodesOf } from './nodes.js';
import type { Plan } from './plan.js';

/** The rows that the scans of a plan gave or threw away; null when it was not executed. */
export function rowsRead({ root, executionMs }: Plan): number | null {
  if (executionMs === undefined) return null;
  const scans = [...nodesOf(root)].filter(({ fields }) => fields['Relation Name'] !== undefined);
  return scans.reduce((sum, { actualRows = 0, loops = 0, fields }) => {
    const removed = REMOVED_BY_SCANS.reduce((rows, name) => rows + Number(fields[name] ?? 0), 0);
    return sum + actualRows + removed * loops;
  }, 0);
}

const REMOVED_BY_SCANS = ['Rows Removed by Filter', 'Rows Removed by Index Recheck'];
