import type { Diagram, DiagramTable, Relation } from '../schema/diagram.js';

/** An entity-relationship diagram in Mermaid's language, as Markdown readers draw it. */
export function mermaid({ tables, relations }: Diagram): string {
  return ['erDiagram', ...relations.map(relationLine), ...tables.flatMap(tableLines)].join('\n');
}

/** `users ||--o{ posts : user_id`: a post has one user, a user any number of posts. */
function relationLine({ from, to, columns, optional, unique }: Relation): string {
  const one = optional ? '|o' : '||';
  const many = unique ? 'o|' : 'o{';
  return `    ${word(to)} ${one}--${many} ${word(from)} : "${columns.join(', ')}"`;
}

function tableLines({ name, columns }: DiagramTable): string[] {
  const types = Math.max(...columns.map(({ type }) => type.length));
  const names = Math.max(...columns.map((column) => column.name.length));
  const lines = columns.map(({ name: column, type, nullable, keys }) => {
    const marks = [keys.join(', '), nullable ? '"may be null"' : ''].filter(Boolean).join(' ');
    return `        ${type.padEnd(types)} ${word(column).padEnd(names)} ${marks}`.trimEnd();
  });
  return [`    ${word(name)} {`, ...lines, '    }'];
}

/** Mermaid knows no other names than these. */
function word(name: string): string {
  return name.replace(/[^\w-]/g, '_');
}
