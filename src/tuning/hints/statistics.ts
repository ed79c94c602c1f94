import { nodesOf } from '../nodes.js';
import type { TableFacts } from './facts.js';
import { nameOf, psql, type Rule, rows } from './hint.js';

const MANY_ROWS = 1_000;
/** Autovacuum analyzes after a tenth: beyond a fifth it does not keep up. */
const STALE = 0.2;
/** Pages of a table that is worth statistics. */
const LARGE = 100;

/** The planner's statistics of a table are missing, or older than much of the table. */
export const staleStatistics: Rule = ({ root }, { tables }) =>
  [...tables.values()].flatMap((table) => {
    const { name, analyzedRows, changedRows } = table;
    const node = [...nodesOf(root)].find(({ source }) => source === name);
    const staleness = node && stalenessOf(table);
    if (!staleness) return [];
    const never = staleness === 'never';
    return [
      {
        rule: 'stale-statistics',
        severity: never || changedRows > analyzedRows ? 'high' : 'medium',
        node: nameOf(node),
        evidence: never
          ? `${name} has never been analyzed, so every estimate about it is a guess`
          : `${rows(changedRows)} of ${name} were written since it was last analyzed, when it had ${rows(analyzedRows)}`,
        change: 'analyze it: that reads a sample and blocks nobody',
        command: psql(`ANALYZE ${name}`),
      },
    ];
  });

/** Whether a table's statistics are missing, or of a time before much of the table. */
export function stalenessOf(table: TableFacts): 'never' | 'stale' | undefined {
  const { analyzedRows, changedRows, pages } = table;
  if (analyzedRows < 0) return pages >= LARGE ? 'never' : undefined;
  const many = changedRows >= MANY_ROWS && changedRows > analyzedRows * STALE;
  return many && hasChanged(table) ? 'stale' : undefined;
}

/**
 * Whether the table itself bears out that it was written to. A session reports what it wrote up to a
 * minute late, so that rows which were loaded and analyzed may be counted as written after it.
 */
function hasChanged({ pages, analyzedPages, liveRows, analyzedRows }: TableFacts): boolean {
  return pages > analyzedPages * 1.05 || liveRows < analyzedRows * (1 - STALE);
}
