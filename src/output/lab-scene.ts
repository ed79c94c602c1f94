import stringWidth from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';
import type { Scene } from '../lab/scene.js';
import { planTree } from './plan.js';
import { planFooter } from './plan-footer.js';
import type { Screen } from './screen.js';
import { table } from './table.js';
import { oneLine, visible } from './text.js';

const INDENT = '     ';

/** What happened on a server: a statement behind its session's name, as psql would show it. */
export function renderScene(scene: Scene, screen: Screen): string {
  const { style, columns } = screen;
  const room = columns - INDENT.length;
  switch (scene.kind) {
    case 'statement':
      return statement(scene.session, `${scene.sql};`, screen);
    case 'rows':
      return set(rows(scene, screen));
    case 'done':
      return style.dim(set(scene.tag));
    case 'error':
      return set(
        wrapAnsi(
          [
            `${style.bold('ERROR')} ${visible(scene.message)} (${scene.code})`,
            visible(scene.detail ?? ''),
          ]
            .filter(Boolean)
            .join('\n'),
          room,
        ),
      );
    case 'waits':
      return style.dim(set(`waits for ${scene.for.join(' and ')}`));
    case 'plan':
      return set(
        [planTree(scene.plan, narrowed(screen)), planFooter(scene.plan, narrowed(screen))].join(
          '\n',
        ),
      );
    case 'command':
      return [
        statement(scene.session, `${style.dim(scene.store)} ${visible(scene.text)}`, screen),
        style.dim(set(visible(scene.reply))),
      ].join('\n');
    case 'remark':
      return style.dim(set(wrapAnsi(scene.text, room)));
  }
}

function statement(session: string, sql: string, { style, columns }: Screen): string {
  const prompt = `${session}> `;
  const lines = wrapAnsi(sql, columns - INDENT.length - prompt.length, { trim: false }).split('\n');
  const margin = INDENT + ' '.repeat(stringWidth(prompt));
  return lines
    .map((line, place) => (place === 0 ? INDENT + style.cyan(prompt) : margin) + line.trimEnd())
    .join('\n');
}

const MOST_ROWS = 12;

function rows({ columns, rows }: Extract<Scene, { kind: 'rows' }>, screen: Screen): string {
  const numeric = columns.map((_, place) =>
    rows.every((row) => /^-?[\d.]*$/.test(row[place] ?? '')),
  );
  const shown = table(
    rows.slice(0, MOST_ROWS),
    columns.map((header, place) => ({
      header,
      align: numeric[place] ? 'right' : 'left',
      cell: (row) => {
        const value = row[place] ?? null;
        return value === null ? screen.style.dim('NULL') : oneLine(value, 40);
      },
    })),
    screen,
  );
  if (rows.length === 0) return `${shown}\n${screen.style.dim('(no rows)')}`;
  return rows.length > MOST_ROWS ? `${shown}\n${screen.style.dim('…')}` : shown;
}

function set(text: string): string {
  return text
    .split('\n')
    .map((line) => (line ? INDENT + line : line))
    .join('\n');
}

/** A plan stands behind the indent of its session. */
function narrowed(screen: Screen): Screen {
  return { ...screen, columns: screen.columns - INDENT.length };
}
