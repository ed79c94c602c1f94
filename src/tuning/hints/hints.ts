import type { Sql } from '../../stores/postgres.js';
import { tablesIn } from '../nodes.js';
import type { Plan } from '../plan.js';
import { readFacts } from './facts.js';
import { heapFetches } from './heap-fetches.js';
import type { Hint, Rule } from './hint.js';
import { indexFilter } from './index-filter.js';
import { indexUnused } from './index-unused.js';
import { nestedLoop } from './nested-loop.js';
import { seqScan } from './seq-scan.js';
import { sort } from './sort.js';
import { spill } from './spill.js';
import { staleStatistics } from './statistics.js';
import { workers } from './workers.js';

const RULES: readonly Rule[] = [
  staleStatistics,
  seqScan,
  indexUnused,
  indexFilter,
  sort,
  spill,
  nestedLoop,
  heapFetches,
  workers,
];

const ORDER = ['high', 'medium', 'low'];

/**
 * What some plans give away, the gravest first. What several of them say is said once.
 *
 * @param plans of one statement, executed: for one reader or for several
 */
export async function hintsOf(sql: Sql, plans: readonly Plan[]): Promise<Hint[]> {
  const executed = plans.filter(({ executionMs }) => executionMs !== undefined);
  const sources = tablesIn(executed.map(({ root }) => root));
  if (sources.length === 0) return [];
  const facts = await readFacts(sql, sources);
  const found = executed.flatMap((plan) => RULES.flatMap((rule) => rule(plan, facts)));
  const gravest = found.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const said = new Set<string>();
  return gravest.filter(({ rule, node, command }) => {
    const key = `${rule} ${command ?? node}`;
    return !said.has(key) && said.add(key);
  });
}
