import type { Explanation, Leg } from '../../tuning/explanation.js';
import type { Price } from '../../tuning/price.js';
import { rawPlan } from '../../tuning/raw-plan.js';
import { changedPaths } from '../access-paths.js';
import { copiesLine, waysLine } from '../explanation.js';
import { inserts, more, size } from '../prices.js';
import { count, plural } from '../text.js';
import { gainText, legTime } from './figures.js';
import { hintList } from './hint-list.js';
import { embedded, type Html, html } from './html.js';
import { renderPage } from './shell.js';

/** An explanation as one offline page: the table, the hints, and the plans, drawn side by side. */
export function explanationPage(explanation: Explanation): string {
  const { legs, hints, prices, technique, contests } = explanation;
  const groups = technique ? pairsOf(legs) : legs.map((leg) => [leg]);
  const body = html`<main class="wide">
${heading(explanation)}
${figures(explanation)}
${prices.length > 0 && pricesTable(prices)}
${
  contests.length === 0 &&
  html`<h2>What to do</h2>
${hintList(hints)}`
}
<h2>Plans</h2>
${groups.map((group, place) => plans(group, place))}
</main>`;
  return renderPage({ title: titleOf(explanation), body, drawsPlans: true });
}

function titleOf({ subject, strategy, technique, indexes }: Explanation): string {
  const what = strategy ? `${subject}, strategy ${strategy}` : subject;
  return technique ? `${what}: without and with ${indexes.join(', ')}` : what;
}

function heading(explanation: Explanation): Html {
  const { technique, sameRows, runs, passedOver, estimated, copies } = explanation;
  const same = sameRows ? 'same rows in both legs' : 'rows not compared';
  const how = estimated
    ? 'nothing was executed'
    : `${same} · ${plural(runs, 'run')} of each leg in turns, warm`;
  const ways = waysLine(explanation);
  return html`<h1>${titleOf(explanation)}</h1>
${technique && html`<p class="faint">${technique} · ${how}</p>`}
${ways && html`<p class="faint">${ways}</p>`}
${copies.length > 0 && html`<p class="faint">${copiesLine(copies)}</p>`}
${passedOver.map(({ name, reason }) => html`<p class="faint">not ${name}, ${reason}</p>`)}`;
}

function pairsOf(legs: readonly Leg[]): Leg[][] {
  return legs.flatMap((_, place) => (place % 2 === 0 ? [legs.slice(place, place + 2)] : []));
}

/** The legs, a row each. */
function figures(explanation: Explanation): Html {
  const { legs, gains, technique, tables } = explanation;
  const lines = legs.map((leg, place) => {
    const [without, having] = pairsOf(legs)[Math.floor(place / 2)] ?? [];
    const paths =
      technique && without && having ? changedPaths(without, having, tables, true) : undefined;
    const reads = (leg === having ? paths?.with : paths?.without)?.join(', ');
    const gain = technique && leg === having ? gains[Math.floor(place / 2)] : undefined;
    return html`<tr>
<td>${readerOf(leg)}</td>
<td>${technique ? leg.name : leg.statement}</td>
${technique && html`<td>${reads}</td>`}
<td class="number">${leg.medianMs !== null && count(leg.buffers.hit + leg.buffers.read)}</td>
<td class="number">${legTime(leg)}</td>
${technique && html`<td class="number">${gain && gainText(gain)}</td>`}
</tr>`;
  });
  return html`<div class="scroll"><table class="figures">
<thead><tr><th>reader</th><th>${technique ? 'leg' : 'statement'}</th>
${technique && html`<th>reads ${tables.join(', ')} by</th>`}
<th class="number">buffers</th><th class="number">median ± spread</th>
${technique && html`<th class="number">gain</th>`}</tr></thead>
<tbody>${lines}</tbody></table></div>`;
}

/** What the indexes cost, a row each. */
function pricesTable(prices: readonly Price[]): Html {
  const lines = prices.map(
    (price) => html`<tr><td>${price.index}</td><td class="number">${size(price)}</td>
<td class="number">${inserts(price)}</td><td class="number">${more(price)}</td></tr>`,
  );
  return html`<div class="scroll"><table class="figures">
<thead><tr><th>its price</th><th class="number">on disk</th>
<th class="number">an insert takes</th><th class="number">so much more</th></tr></thead>
<tbody>${lines}</tbody></table></div>`;
}

function readerOf({ user, profile, followees }: Leg): Html | false {
  if (user === null) return false;
  const about = `follows ${count(followees ?? 0)}${profile ? `, ${profile}` : ''}`;
  return html`@${user} <span class="faint">${about}</span>`;
}

function plans(legs: readonly Leg[], group: number): Html {
  const [first] = legs;
  const title = first?.user
    ? `@${first.user}, follows ${count(first.followees ?? 0)}`
    : first?.statement;
  const drawn = legs.map((leg, place) => {
    const id = `plan-${group}-${place}`;
    const source = JSON.stringify([rawPlan(leg.plan)]);
    return html`<section>
<h3>${leg.name} <span class="faint">${legTime(leg)}</span></h3>
<div class="drawn" data-plan="${id}"></div>
${embedded(id, { source, query: leg.sql })}</section>`;
  });
  return html`<details class="plans"${group === 0 && html` open`}>
<summary>${title}</summary>
<div class="pair">${drawn}</div>
</details>`;
}
