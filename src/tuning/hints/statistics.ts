import { nodesOf } from '../nodes.js';
import { nameOf, psql, type Rule, rows } from './hint.js';

const MANY_ROWS = 1_000;
/** Autovacuum analyzes after a tenth: beyond a fifth it does not keep up. */
const STALE = 0.2;
/** Pages of a table that is worth statistics. */
const LARGE = 100;

/** The planner's statistics of a table are missing, or older than much of the table. */
export const staleStatistics: Rule = ({ root }, { tables }) =>
  [...tables.values()].flatMap(({ name, analyzedRows, changedRows, pages }) => {
    const node = [...nodesOf(root)].find(({ source }) => source === name);
    if (!node) return [];
    const never = analyzedRows < 0;
    const stale = changedRows >= MANY_ROWS && changedRows > analyzedRows * STALE;
    if (never ? pages < LARGE : !stale) return [];
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
