import stringWidth from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';
import { type Misestimate, misestimates } from '../tuning/estimates.js';
import type { PlanNode } from '../tuning/nodes.js';
import type { Plan } from '../tuning/plan.js';
import { bar, compact } from './figures.js';
import { conditionsOf, factsOf } from './plan-facts.js';
import { labelOf, tint, widestLabel } from './plan-label.js';
import type { Screen } from './screen.js';
import { milliseconds, oneLine } from './text.js';

/** What the lines of one tree share. */
interface Sheet {
  readonly screen: Screen;
  readonly plan: Plan;
  readonly misestimates: ReadonlyMap<PlanNode, Misestimate>;
  /** Columns of the tree, to the left of the figures. */
  readonly treeWidth: number;
  readonly barWidth: number;
  /** Columns that each level is set in. */
  readonly step: number;
}

const WIDE = 110;
/** Longer conditions are cut; --json has them whole. */
const CONDITION_LINES = 3;

/**
 * A plan as a tree: what each node does and how, the time of its own with a bar, the rows it gave and
 * those that were planned, and the buffers it touched itself. At least 60 columns wide.
 */
export function planTree(plan: Plan, screen: Screen): string {
  const width = Math.max(60, screen.columns);
  const barWidth = width >= WIDE ? 14 : 5;
  const room = width - figuresWidth(barWidth);
  const sheet: Sheet = {
    screen,
    plan,
    misestimates: misestimates(plan.root),
    treeWidth: Math.min(
      room,
      widestLabel(plan.root, ({ name, where }) => name + where),
    ),
    barWidth,
    step: widestLabel(plan.root, ({ name }) => name) > room ? 1 : 2,
  };
  return [heading(sheet), ...nodeLines(plan.root, '', '', sheet)]
    .map((line) => line.trimEnd())
    .join('\n');
}

const GAP = 2;
const [TIME, ROWS, OFF, BUFFERS] = [8, 6, 5, 7];

function figuresWidth(barWidth: number): number {
  return TIME + barWidth + 2 * ROWS + OFF + BUFFERS + GAP * 3 + 3;
}

function heading({ plan, screen, treeWidth, barWidth }: Sheet): string {
  const time = plan.executionMs === undefined ? 'cost' : 'own time';
  return screen.style.dim(
    `${' '.repeat(treeWidth)}  ${time.padStart(TIME)} ${' '.repeat(barWidth)}  ` +
      `${'rows'.padStart(ROWS)} ${'planned'.padStart(ROWS + 1)}${' '.repeat(OFF)} ${'buffers'.padStart(BUFFERS)}`,
  );
}

function nodeLines(node: PlanNode, before: string, below: string, sheet: Sheet): string[] {
  const { screen, treeWidth, step } = sheet;
  const label = labelOf(node);
  const fits = stringWidth(before + label.name + label.where) <= treeWidth;
  const shown = oneLine(fits ? label.name + label.where : label.name, treeWidth - before.length);
  const pad = ' '.repeat(Math.max(0, treeWidth - stringWidth(before + shown)));
  const first = `${screen.style.dim(before)}${tint(node, shown, screen)}${pad}  ${figures(node, sheet)}`;

  const children = node.children;
  const rail = children.length > 0 ? '│'.padEnd(step) : ' '.repeat(step);
  const details = detailLines(node, fits ? '' : label.where.trim(), below + rail, screen);
  const beneath = children.flatMap((child, place) => {
    const last = place === children.length - 1;
    const branch = (last ? '└' : '├').padEnd(step);
    const trunk = (last ? ' ' : '│').padEnd(step);
    return nodeLines(child, below + branch, below + trunk, sheet);
  });
  return [first, ...details, ...beneath];
}

function figures(node: PlanNode, { screen, plan, misestimates, barWidth }: Sheet): string {
  const { style } = screen;
  if (node.loops === 0) return style.dim('never executed');
  const measured = plan.executionMs !== undefined;
  const share = measured && plan.totalMs > 0 ? node.exclusiveMs / plan.totalMs : 0;
  const time = measured ? milliseconds(node.exclusiveMs) : compact(node.cost);
  const rows = node.actualRows === undefined ? '' : compact(node.actualRows);
  const buffers = node.exclusiveBuffers > 0 ? compact(node.exclusiveBuffers) : '';
  return [
    `${share < 0.01 && measured ? style.dim(time.padStart(TIME)) : time.padStart(TIME)} `,
    `${heat(share, screen)(bar(share, barWidth))}  `,
    `${rows.padStart(ROWS)} ${style.dim(compact(node.estimatedRows).padStart(ROWS + 1))}`,
    `${offMark(misestimates.get(node), screen)} ${buffers.padStart(BUFFERS)}`,
  ].join('');
}

/** ` ×13`: thirteen times as many rows as planned; ` ÷13`: as few. Only what matters to a plan. */
function offMark(misestimate: Misestimate | undefined, { style }: Screen): string {
  if (!misestimate || misestimate.factor < 10) return ' '.repeat(OFF);
  const { factor, came } = misestimate;
  const mark = `${came === 'more' ? '×' : '÷'}${compact(factor)}`.padStart(OFF);
  if (factor >= 1000) return style.red.bold(mark);
  return factor >= 100 ? style.red(mark) : style.yellow(mark);
}

function heat(share: number, { style }: Screen) {
  if (share >= 0.5) return style.red;
  return share >= 0.2 ? style.yellow : style.cyan;
}

function detailLines(node: PlanNode, where: string, rail: string, screen: Screen): string[] {
  const facts = [where, ...(node.loops === 0 ? [] : factsOf(node))].filter(Boolean).join(' · ');
  const width = Math.max(20, Math.max(60, screen.columns) - rail.length);
  return [facts, ...conditionsOf(node)].filter(Boolean).flatMap((text) => {
    const lines = wrapAnsi(oneLine(text, width * CONDITION_LINES), width, { hard: true }).split(
      '\n',
    );
    return lines.map((line) => screen.style.dim(`${rail}${line}`));
  });
}
