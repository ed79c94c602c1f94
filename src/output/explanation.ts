import { wrapAnsi } from 'fast-wrap-ansi';
import type { Explanation, Leg } from '../tuning/explanation.js';
import { indexesOf } from '../tuning/plan.js';
import { hintLines } from './hints.js';
import { legTable } from './leg-table.js';
import { planTree } from './plan.js';
import { planFooter } from './plan-footer.js';
import { priceLines } from './prices.js';
import { renderReadPath } from './read-path.js';
import type { Screen } from './screen.js';
import { renderContests } from './strategies.js';
import { count, milliseconds, plural } from './text.js';

/** An explanation on the screen: what was measured and how, the table, the plans. */
export function renderExplanation(explanation: Explanation, screen: Screen): string {
  const { legs, technique } = explanation;
  if (explanation.contests.length > 0) return renderContests(explanation, screen);
  // One reader's plans; who wants another's names the reader.
  const shown = legs.slice(0, technique ? 2 : 1);
  return [
    ...pathLines(explanation, screen),
    headline(explanation, screen),
    ...(technique || legs.length > 1 ? [legTable(explanation, screen)] : []),
    ...(technique ? [priceLines(explanation, screen)] : []),
    ...remarks(explanation, screen),
    ...shown.map((leg) => planSection(leg, explanation, screen)),
    ...explanation.hints.map((hint) => hintLines(hint, screen)),
  ].join('\n\n');
}

/** What a read through all stores took; a reader of a feed that takes too long sees an error. */
function pathLines({ path, pathStoppedAfterMs, legs }: Explanation, screen: Screen): string[] {
  if (path) return [renderReadPath(path, screen)];
  if (pathStoppedAfterMs === null) return [];
  const text = `A read of @${legs[0]?.user}’s feed fails: it reaches its time limit of ${milliseconds(pathStoppedAfterMs)}.`;
  return [screen.style.red(wrapAnsi(text, screen.columns))];
}

function headline(explanation: Explanation, { style, columns }: Screen): string {
  const { technique, indexes, subject, strategy, runs, sameRows, passedOver } = explanation;
  const { estimated, copies } = explanation;
  const ways = waysLine(explanation);
  const what = strategy && !ways ? `${subject}, strategy ${strategy}` : subject;
  if (!technique) {
    return style.bold(what) + (runs > 1 ? style.dim(` · median of ${plural(runs, 'run')}`) : '');
  }
  const rows = sameRows ? 'same rows in both legs' : 'rows not compared';
  const how = estimated
    ? `${technique} · nothing was executed`
    : `${technique} · ${rows} · ${plural(runs, 'run')} of each leg in turns, warm`;
  return [
    style.bold(`${what}: without and with ${indexes.join(', ')}`),
    style.dim(how),
    ...(ways ? [style.dim(ways)] : []),
    ...(copies.length > 0 ? [style.dim(copiesLine(copies))] : []),
    ...passedOver.map(({ name, reason }) => style.dim(`not ${name}, ${reason}`)),
  ]
    .map((line) => wrapAnsi(line, columns))
    .join('\n');
}

/** Says by which strategies the legs were computed; nothing where that is one for all. */
export function waysLine({ technique, strategy, legs }: Explanation): string | undefined {
  if (!technique || strategy !== 'auto') return undefined;
  const waysOf = (side: string) => {
    const taken = legs.filter(({ name }) => name === side).map(({ statement }) => statement);
    return [...new Set(taken)].join(' or ');
  };
  return `without: by ${waysOf('without')}, the cheapest that is left; with: by ${waysOf('with')}, as the feed is read`;
}

/** Says how large the sample is, and in what it is unlike the real tables. */
export function copiesLine(copies: Explanation['copies']): string {
  const sizes = copies.map(({ table, rows, ofRows, whole }) =>
    whole
      ? `all ${plural(rows, 'row')} of ${table}`
      : `a sample of ${count(rows)} of about ${count(ofRows)} rows of ${table}`,
  );
  return `${sizes.join(', ')}; a temporary table knows no parallel workers and no pages that are all visible`;
}

function remarks({ indexes, missing, legs }: Explanation, { style, columns }: Screen): string[] {
  const used = new Set(
    legs.filter(({ name }) => name === 'with').flatMap(({ plan }) => indexesOf(plan)),
  );
  const unused = indexes.filter((index) => !used.has(index));
  const limitMs = legs.find(({ stoppedAfterMs }) => stoppedAfterMs !== null)?.stoppedAfterMs;
  const texts = [
    ...missing.map((name) => `${name} is not there: socialdb index add ${name}`),
    ...unused.map((name) => `${name} is in no plan here: the planner finds better ways.`),
    ...(limitMs
      ? [`> was stopped at the time limit of ${milliseconds(limitMs)}; its plan is only estimated.`]
      : []),
  ];
  return texts.map((text) => style.yellow(wrapAnsi(text, columns)));
}

function planSection(leg: Leg, explanation: Explanation, screen: Screen): string {
  const { technique, indexes, strategy } = explanation;
  const taken = strategy === leg.statement ? '' : ` (${leg.statement})`;
  const which = technique && `${leg.name} ${indexes.length === 1 ? 'the index' : 'the indexes'}`;
  const title = [leg.user && `@${leg.user}${taken}`, which].filter(Boolean).join(', ');
  return [
    ...(title ? [screen.style.bold(title)] : []),
    planTree(leg.plan, screen),
    planFooter(leg.plan, screen),
  ].join('\n');
}
