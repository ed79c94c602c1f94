import { RequestError, StoreError } from '../../errors.js';
import { renderExplanation } from '../../output/explanation.js';
import { milliseconds } from '../../output/text.js';
import { describeChange, renderVerdicts } from '../../output/verdicts.js';
import type { Sql } from '../../stores/postgres.js';
import { checkTables } from '../../tuning/asserted-tables.js';
import { judge, parseAssertion, type Verdict } from '../../tuning/assertions.js';
import {
  changesSince,
  type PlanChange,
  readBaseline,
  saveBaseline,
} from '../../tuning/baseline.js';
import type { Explanation } from '../../tuning/explanation.js';
import type { Context } from '../context.js';
import { type ExplainFlags, explaining } from './options.js';
import { writePage } from './page.js';

/**
 * Explains, shows it, and judges it by what the user asserts and by an earlier plan.
 *
 * @throws RequestError `assertion-failed`, `plan-got-worse`, StoreError `time-limit`, after everything
 *   has been shown; what {@link explaining}, {@link parseAssertion}, {@link checkTables} and
 *   {@link readBaseline} throw, before anything is run
 */
export async function explainAndConclude(
  context: Context,
  flags: ExplainFlags,
  work: (
    sql: Sql,
    options: Parameters<Parameters<typeof explaining>[2]>[1],
  ) => Promise<Explanation>,
): Promise<void> {
  const { screen } = context;
  const wanted = (flags.assert ?? []).map(parseAssertion);
  const baseline = flags.against === undefined ? undefined : await readBaseline(flags.against);
  const explanation = await explaining(context, flags, async (sql, options) => {
    await checkTables(sql, wanted);
    return work(sql, options);
  });
  const assertions = judge(wanted, explanation);
  const changes = baseline ? changesSince(baseline, explanation) : null;
  screen.show({ ...explanation, assertions, changes }, (result) =>
    [renderExplanation(result, screen), ...renderVerdicts(result, screen)].join('\n\n'),
  );
  if (flags.html !== undefined) await writePage(context, flags.html, explanation);
  const worse = changes?.filter((change) => change.worse) ?? [];
  const limitMs = limitReached(explanation);
  if (flags.save !== undefined && worse.length === 0 && limitMs === null) {
    await saveBaseline(flags.save, explanation);
    screen.note(`saved: compare with it by --against ${flags.save}`);
  }
  refuse(assertions, worse);
  if (limitMs === null) return;
  throw new StoreError(
    'time-limit',
    `the statement was stopped at its time limit of ${milliseconds(limitMs)}`,
    'raise SOCIALDB_TIMEOUT_MS to have it measured; what may help it: socialdb index advise',
  );
}

function refuse(assertions: readonly Verdict[], worse: readonly PlanChange[]): void {
  const failed = assertions.filter(({ holds }) => !holds);
  if (failed.length > 0) {
    const texts = failed.map(
      ({ assertion, saw }) => `'${assertion}' does not hold: ${saw.join(', ')}`,
    );
    throw new RequestError('assertion-failed', texts.join('; '));
  }
  if (worse.length > 0) {
    throw new RequestError(
      'plan-got-worse',
      worse.map(describeChange).join('; '),
      'see: socialdb index list; if it is meant to be so: --save it anew',
    );
  }
}

/** The time limit that a statement reached, which was to be measured; of a comparison it is a finding. */
function limitReached({ legs, technique, contests }: Explanation): number | null {
  if (technique !== null || contests.length > 0) return null;
  return legs.find(({ stoppedAfterMs }) => stoppedAfterMs !== null)?.stoppedAfterMs ?? null;
}
