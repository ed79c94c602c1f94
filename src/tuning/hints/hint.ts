import type { PlanNode } from '../nodes.js';
import type { Plan } from '../plan.js';
import type { Facts } from './facts.js';

/** What a plan gives away, and what to do about it. */
export interface Hint {
  /** The rule that found it: `seq-scan`, `spill`, … */
  readonly rule: string;
  /** By the share of the time that is at stake: half of it, a tenth, less. */
  readonly severity: 'high' | 'medium' | 'low';
  /** The node it is about, as EXPLAIN names it: `Seq Scan on posts p`. */
  readonly node: string;
  /** What was measured. */
  readonly evidence: string;
  /** What to change, and why that helps. */
  readonly change: string;
  /** What makes the change; null where it takes a decision that no command can make. */
  readonly command: string | null;
}

/** One way to read a plan. It says nothing where it is not sure: a false alarm costs trust. */
export type Rule = (plan: Plan, facts: Facts) => Hint[];

/** @param ms the milliseconds that the change is about */
export function severityOf({ totalMs }: Plan, ms: number): Hint['severity'] {
  const share = totalMs > 0 ? ms / totalMs : 0;
  if (share >= 0.5) return 'high';
  return share >= 0.1 ? 'medium' : 'low';
}

export function nameOf({ title, source, alias, index }: PlanNode): string {
  const on = source ? ` on ${source}${alias && alias !== source ? ` ${alias}` : ''}` : '';
  return title + on + (index ? (source ? ` using ${index}` : ` on ${index}`) : '');
}

/** A number of a node's fields; 0 where it is not there. */
export function numberIn({ fields }: PlanNode, name: string): number {
  const value = fields[name];
  return typeof value === 'number' ? value : 0;
}

/** Rows that a filter threw away, over all loops and processes. */
export function removedBy(node: PlanNode): number {
  return numberIn(node, 'Rows Removed by Filter') * (node.loops ?? 0);
}

/** Rows that a scan looked at, over all loops and processes. */
export function readBy(node: PlanNode): number {
  return (node.actualRows ?? 0) + removedBy(node);
}

/** A shell command that runs SQL. */
export function psql(sql: string): string {
  return `psql "$DATABASE_URL" -c "${sql.replace(/["\\$`]/g, '\\$&')}"`;
}

/** A name as SQL has it. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const INTEGER = new Intl.NumberFormat('en-US');

export function rows(value: number): string {
  const whole = Math.round(value);
  return `${INTEGER.format(whole)} ${whole === 1 ? 'row' : 'rows'}`;
}
