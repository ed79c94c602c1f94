import type { Hint } from '../../tuning/hints/hint.js';
import { type Html, html } from './html.js';

/** Hints, each with its evidence, the change, and the command that makes it. */
export function hintList(hints: readonly Hint[]): Html {
  if (hints.length === 0) {
    return html`<p>Nothing: no rule finds anything to change in these plans.</p>`;
  }
  return html`${hints.map(
    ({ severity, node, evidence, change, command }) => html`<div class="hint ${severity}">
<strong>${node}</strong> ${evidence}: ${change}.
${command && html`<div><pre class="command">${command}</pre></div>`}
</div>`,
  )}`;
}
