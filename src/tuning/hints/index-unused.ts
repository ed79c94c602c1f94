import { misestimates } from '../estimates.js';
import type { PlanNode } from '../nodes.js';
import type { Plan } from '../plan.js';
import type { Condition } from './conditions.js';
import type { Facts, IndexFacts } from './facts.js';
import { nameOf, psql, quoted, type Rule, readBy, rows, severityOf } from './hint.js';
import { wastefulScans } from './seq-scan.js';
import { indexesOn } from './suggest-index.js';

/** An index is on the column that a sequential scan filters by, and the planner passes it over: why. */
export const indexUnused: Rule = (plan, facts) =>
  [...wastefulScans(plan.root, facts)].flatMap(({ node, conditions }) => {
    if (node.exclusiveMs < plan.totalMs * 0.05) return [];
    for (const condition of conditions) {
      const table = node.source ?? '';
      const [index] = indexesOn(facts, table, condition.column).sort(
        (a, b) => Number(b.valid) - Number(a.valid),
      );
      const reason = index && reasonOf(plan, node, condition, index, facts);
      if (!index || !reason) continue;
      return [
        {
          rule: 'index-unused',
          severity: severityOf(plan, node.exclusiveMs),
          node: nameOf(node),
          evidence: `reads ${rows(readBy(node))} to keep ${rows(node.actualRows ?? 0)}, and does not use ${index.name}: ${reason.why}`,
          change: reason.change,
          command: reason.command,
        },
      ];
    }
    return [];
  });

interface Reason {
  readonly why: string;
  readonly change: string;
  readonly command: string | null;
}

function reasonOf(
  plan: Plan,
  node: PlanNode,
  { wrapped, kind, column }: Condition,
  index: IndexFacts,
  { role }: Facts,
): Reason | undefined {
  const table = node.source ?? '';
  if (!index.valid) {
    return {
      why: 'it is invalid, since its build did not end',
      change: 'build it again',
      command: `socialdb index add ${index.name}`,
    };
  }
  if (wrapped !== undefined) {
    return {
      why: `the condition is on ${wrapped}, the index on ${column}`,
      change: `compare ${column} itself, with a value of its type; or index the expression`,
      command: psql(`CREATE INDEX CONCURRENTLY ON ${table} ((${wrapped}))`),
    };
  }
  const off = settingsOff(plan);
  if (off.length > 0) {
    return {
      why: `${off.join(' and ')} ${off.length === 1 ? 'is' : 'are'} off`,
      change: 'let the planner use indexes again',
      command: psql(off.map((name) => `ALTER ROLE ${quoted(role)} RESET ${name}`).join('; ')),
    };
  }
  if (index.predicate !== null) {
    return {
      why: `it holds only the rows with ${index.predicate}`,
      change: `ask for those rows only, or index ${column} for all`,
      command: `socialdb index add --on ${table} --columns '${column}'`,
    };
  }
  if (kind === 'pattern' && index.method === 'btree') {
    return {
      why: "its order is the language's, which does not serve LIKE",
      change: `an index with text_pattern_ops serves LIKE 'beginning%'`,
      command: psql(`CREATE INDEX CONCURRENTLY ON ${table} (${column} text_pattern_ops)`),
    };
  }
  return misjudged(plan, node);
}

/** The planner expected so many more rows that reading the whole table seemed cheaper. */
function misjudged({ root }: Plan, node: PlanNode): Reason | undefined {
  const misestimate = misestimates(root).get(node);
  if (misestimate?.came !== 'fewer' || misestimate.factor < 10) return undefined;
  return {
    why: `the planner expected ${rows(node.estimatedRows)}`,
    change: 'bring its statistics up to date, so that it sees how few they are',
    command: psql(`ANALYZE ${node.source}`),
  };
}

function settingsOff({ fields }: Plan): string[] {
  const settings = (fields.Settings ?? {}) as Readonly<Record<string, unknown>>;
  return ['enable_indexscan', 'enable_bitmapscan'].filter((name) => settings[name] === 'off');
}
