import { visible } from '../text.js';
import type { Block, Document, Lines, Table } from './document.js';

/**
 * A report as Markdown (CommonMark with tables).
 *
 * @param fileOf where the picture of a chart is, as a link from the text; without, charts are left out
 */
export function markdownOf(
  { title, lead, sections }: Document,
  fileOf?: (chart: Lines) => string,
): string {
  return [
    `# ${escaped(title)}`,
    escaped(lead),
    ...sections.flatMap((section) => [
      `## ${escaped(section.title)}`,
      ...section.blocks.map((block) => blockOf(block, fileOf)).filter(Boolean),
    ]),
  ]
    .join('\n\n')
    .concat('\n');
}

function blockOf(block: Block, fileOf?: (chart: Lines) => string): string {
  switch (block.kind) {
    case 'text':
      return escaped(block.text);
    case 'command':
      return `\`\`\`sh\n${visible(block.command)}\n\`\`\``;
    case 'table':
      return tableOf(block);
    case 'bars':
      return '';
    case 'lines':
      return fileOf ? `![${escaped(block.caption)}](${encodeURI(fileOf(block))})` : '';
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
