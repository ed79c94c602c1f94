import type { Diagnosis } from '../doctor/check.js';
import type { Screen } from './screen.js';
import { count, hanging, oneLine } from './text.js';

const TITLES: Readonly<Record<string, string>> = {
  postgresql: 'PostgreSQL',
  schema: 'Schema',
  activity: 'Activity',
  redis: 'Redis',
  mongodb: 'MongoDB',
};

const SYMBOLS = { ok: '✓', warn: '!', fail: '✗' } as const;
const STATUS_WIDTH = 'x warn'.length;

/** What the doctor found, by store: a line each, with the command that mends it beneath. */
export function renderHealth(checks: readonly Diagnosis[], screen: Screen): string {
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  const groups = [...new Set(checks.map(({ group }) => group))];
  const blocks = groups.map((group) =>
    [
      screen.style.bold(TITLES[group] ?? group),
      ...checks
        .filter((check) => check.group === group)
        .map((check) => lines(check, width, screen)),
    ].join('\n'),
  );
  return [...blocks, summary(checks, screen)].join('\n\n');
}

function lines({ name, status, detail, fix }: Diagnosis, width: number, screen: Screen): string {
  const { style, columns } = screen;
  const paint = { ok: style.green, warn: style.yellow, fail: style.red.bold }[status];
  const mark = paint(`${SYMBOLS[status]} ${status}`.padEnd(STATUS_WIDTH));
  const indent = STATUS_WIDTH + width + 4;
  const shown = status === 'ok' ? style.dim(oneLine(detail)) : oneLine(detail);
  const text = hanging(shown, columns, indent);
  const line = `${mark}  ${name.padEnd(width)}  ${text}`;
  if (fix === null) return line;
  const prompt = fix.startsWith('#') ? '' : `${style.dim('$')} `;
  return `${line}\n${' '.repeat(STATUS_WIDTH + 2)}${prompt}${style.cyan(oneLine(fix))}`;
}

function summary(checks: readonly Diagnosis[], { style }: Screen): string {
  const of = (status: Diagnosis['status']) =>
    checks.filter((check) => check.status === status).length;
  const [warnings, failures] = [of('warn'), of('fail')];
  const parts = [
    `${count(of('ok'))} ok`,
    warnings ? style.yellow(`${count(warnings)} warn`) : '0 warn',
    failures ? style.red(`${count(failures)} fail`) : '0 fail',
  ];
  return `${parts.join(', ')}.`;
}
