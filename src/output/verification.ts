import { wrapAnsi } from 'fast-wrap-ansi';
import type { Drift, Verified } from '../verify/check.js';
import type { Screen } from './screen.js';
import { table } from './table.js';
import { count, oneLine } from './text.js';

/** Rows that are shown of each check. */
const SHOWN = 5;

/** What was compared, what was wrong, and what became of it. */
export function renderVerification(
  checks: readonly Verified[],
  repair: boolean,
  screen: Screen,
): string {
  const { style } = screen;
  const wrongOf = ({ wrong, repaired }: Verified) =>
    wrong > repaired ? style.red(count(wrong)) : count(wrong);
  const counts = table(
    checks,
    [
      { header: 'check', cell: ({ name }) => name },
      {
        header: 'checked',
        align: 'right',
        cell: (check) => (check.skipped ? '-' : count(check.checked)),
      },
      { header: 'wrong', align: 'right', cell: (check) => (check.skipped ? '-' : wrongOf(check)) },
      {
        header: 'repaired',
        align: 'right',
        cell: (check) => (check.skipped ? '-' : count(check.repaired)),
      },
    ],
    screen,
  );
  const skipped = checks.flatMap(({ name, skipped }) =>
    skipped
      ? [style.dim(wrapAnsi(`${name} not checked: ${oneLine(skipped)}`, screen.columns))]
      : [],
  );
  const samples = checks.filter(({ sample = [] }) => sample.length > 0);
  return [
    counts,
    ...skipped,
    ...samples.map((check) => sampleOf(check, screen)),
    verdict(checks, repair, screen),
  ].join('\n\n');
}

function sampleOf({ name, sample = [] }: Verified, screen: Screen): string {
  const { style, columns } = screen;
  const shown = sample.slice(0, SHOWN).map((drift) => `  ${oneLine(describe(drift), columns - 2)}`);
  const more = sample.length - SHOWN;
  const rest = more > 0 ? [style.dim(`  and ${count(more)} more; --json lists up to 1,000`)] : [];
  return [style.bold(name), ...shown, ...rest].join('\n');
}

function describe({ table, row, column, found, right, was }: Drift): string {
  if (column !== null) return `${row}: ${column} ${found} → ${right}`;
  if (table === 'timelines') return `the page of ${row} is not what the database answers`;
  return `${was ? 'deleted from' : 'in'} ${table}: ${row}`;
}

/** Nobody can vouch for what could not be looked at. */
function rightness(checks: readonly Verified[]): string {
  const asked = checks.filter(({ skipped }) => !skipped);
  if (asked.length === checks.length) return 'Everything is';
  return asked.length > 0 ? 'All that was checked is' : 'Nothing was checked against';
}

function verdict(checks: readonly Verified[], repair: boolean, { style }: Screen): string {
  const wrong = checks.reduce((sum, check) => sum + check.wrong, 0);
  const repaired = checks.reduce((sum, check) => sum + check.repaired, 0);
  if (wrong === 0) return style.green(`${rightness(checks)} what the source of truth says.`);
  if (!repair) return `${style.red(`${count(wrong)} wrong`)}; nothing was changed.`;
  return repaired === wrong
    ? style.green(`${count(wrong)} wrong, all repaired.`)
    : `${count(wrong)} wrong, ${count(repaired)} repaired.`;
}
