import type { Bar, Bars, Block, Document, Table } from '../report/document.js';
import { type Html, html } from './html.js';
import { renderPage } from './shell.js';

/** A report as one offline page, with its charts. */
export function reportPage({ title, lead, sections }: Document): string {
  const body = html`<main>
<h1>${title}</h1>
<p class="faint">${lead}</p>
${sections.map(({ title: heading, blocks }) => html`<h2>${heading}</h2>\n${blocks.map(blockOf)}`)}
</main>`;
  return renderPage({ title, body, drawsPlans: false });
}

function blockOf(block: Block): Html {
  switch (block.kind) {
    case 'text':
      return html`<p>${block.text}</p>\n`;
    case 'command':
      return html`<pre class="command">${block.command}</pre>\n`;
    case 'table':
      return tableOf(block);
    case 'bars':
      return block.bars.length > 0 ? chartOf(block) : html``;
  }
}

function tableOf({ columns, rows }: Table): Html {
  const number = (place: number) => columns[place]?.number && html` class="number"`;
  return html`<div class="scroll"><table class="figures">
<thead><tr>${columns.map(({ header }, place) => html`<th${number(place)}>${header}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, place) => html`<td${number(place)}>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>\n`;
}

const [WIDTH, LABELS, VALUES, LINE, THICKNESS] = [720, 200, 90, 26, 16];

function chartOf({ caption, bars }: Bars): Html {
  const most = Math.max(...bars.map(({ value }) => value));
  const row = ({ label, value, shown, tone }: Bar, place: number) => {
    const y = place * LINE;
    // A bar that is there stays visible, however short.
    const length = Math.max(1, (value / (most || 1)) * (WIDTH - LABELS - VALUES));
    const middle = y + LINE / 2 + 4;
    return html`<text x="${LABELS - 10}" y="${middle}" text-anchor="end">${label}</text>
<rect class="${tone}" x="${LABELS}" y="${y + (LINE - THICKNESS) / 2}" width="${length.toFixed(1)}" height="${THICKNESS}" rx="2"/>
<text x="${(LABELS + length + 8).toFixed(1)}" y="${middle}">${shown}</text>\n`;
  };
  return html`<figure><svg viewBox="0 0 ${WIDTH} ${bars.length * LINE}" width="${WIDTH}" role="img" aria-label="${caption}">
${bars.map(row)}</svg><figcaption>${caption}</figcaption></figure>\n`;
}
