import type { Block, Document, Table } from '../report/document.js';
import { barsSvg } from '../svg/bars.js';
import { linesSvg } from '../svg/lines.js';
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
      return block.bars.length > 0 ? figure(barsSvg(block), block.caption) : html``;
    case 'lines':
      return figure(linesSvg(block), block.caption);
  }
}

function tableOf({ columns, rows }: Table): Html {
  const number = (place: number) => columns[place]?.number && html` class="number"`;
  return html`<div class="scroll"><table class="figures">
<thead><tr>${columns.map(({ header }, place) => html`<th${number(place)}>${header}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, place) => html`<td${number(place)}>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>\n`;
}

function figure(svg: Html, caption: string): Html {
  return html`<figure>${svg}<figcaption>${caption}</figcaption></figure>\n`;
}
