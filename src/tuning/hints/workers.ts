import { nodesOf } from '../nodes.js';
import { nameOf, numberIn, psql, type Rule, severityOf } from './hint.js';

/** The plan counts on parallel workers that the server did not have. */
export const workers: Rule = (plan, { settings }) =>
  [...nodesOf(plan.root)].flatMap((node) => {
    const planned = numberIn(node, 'Workers Planned');
    const launched = node.fields['Workers Launched'];
    if (!node.loops || typeof launched !== 'number' || launched >= planned) return [];
    const { max_parallel_workers: most = '0', max_worker_processes: processes = '0' } = settings;
    const tooFew = Number(most) < planned;
    return [
      {
        rule: 'workers',
        severity: severityOf(plan, node.inclusiveMs),
        node: nameOf(node),
        evidence: `${planned} parallel workers planned, ${launched} launched; max_parallel_workers = ${most}, max_worker_processes = ${processes}`,
        change: tooFew
          ? 'allow as many workers as one plan may ask for'
          : 'others had the workers then; allow more of them, or fewer for each plan',
        command: tooFew
          ? psql(
              `ALTER SYSTEM SET max_parallel_workers = ${Math.max(8, planned)}; SELECT pg_reload_conf()`,
            )
          : psql(
              `ALTER SYSTEM SET max_parallel_workers = ${Number(most) * 2}; SELECT pg_reload_conf()`,
            ),
      },
    ];
  });
