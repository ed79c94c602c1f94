import { visible } from '../text.js';
import type { Block, Document, Table } from './document.js';

/** A report as Markdown (CommonMark with tables). */
export function markdownOf({ title, lead, sections }: Document): string {
  return [
    `# ${escaped(title)}`,
    escaped(lead),
    ...sections.flatMap((section) => [
      `## ${escaped(section.title)}`,
      ...section.blocks.map(blockOf).filter(Boolean),
    ]),
  ]
    .join('\n\n')
    .concat('\n');
}

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'text':
      return escaped(block.text);
    case 'command':
      return `\`\`\`sh\n${visible(block.command)}\n\`\`\``;
    case 'table':
      return tableOf(block);
    case 'bars':
      return '';
  }
}

function tableOf({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ header }) => escaped(header))),
    line(columns.map(({ number }) => (number ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(escaped))),
  ].join('\n');
}

/** Text that nothing in Markdown takes for markup. */
function escaped(value: string): string {
  return visible(value)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*[\]<>|#]/g, '\\$&')
    .replace(/(?<!\w)_|_(?!\w)/g, '\\_');
}
