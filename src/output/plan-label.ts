import stringWidth from 'fast-string-width';
import type { PlanNode } from '../tuning/nodes.js';
import type { Screen } from './screen.js';
import { visible } from './text.js';

/** What a line of the tree calls a node. */
export interface Label {
  readonly name: string;
  /** ` on posts p using idx_…`, empty where the node reads no table. */
  readonly where: string;
}

export function labelOf({ title, subplan, source, alias, index }: PlanNode): Label {
  const table = source ?? (index ? undefined : alias);
  const on = table && ` on ${table}${alias && alias !== table ? ` ${alias}` : ''}`;
  const using = index && (table ? ` using ${index}` : ` on ${index}`);
  const name = subplan ? `${subplan.replace(/ \(returns .*/, '')}: ${title}` : title;
  return { name: visible(name), where: visible(`${on ?? ''}${using ?? ''}`) };
}

/** Scans in their colours: sequential ones, those of an index, and what was never executed. */
export function tint({ loops, title }: PlanNode, text: string, { style }: Screen): string {
  if (loops === 0) return style.dim(text);
  if (title.includes('Seq Scan')) return style.yellow(text);
  return title.includes('Index') ? style.green(text) : text;
}

/** Columns of the widest label beneath a node, each level set in by two. */
export function widestLabel(node: PlanNode, text: (label: Label) => string): number {
  const children = node.children.map((child) => 2 + widestLabel(child, text));
  return Math.max(stringWidth(text(labelOf(node))), ...children);
}
