import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { chartsOf } from './charts.js';
import { amount, limitText, times } from './print.js';
import type { Recorded, RecordedRow } from './record.js';
import { type Figure, isMet, type Row } from './row.js';
import { ROWS } from './rows.js';

const FILE = new URL('../../docs/performance.md', import.meta.url);
const CHARTS = new URL('../../docs/performance/', import.meta.url);
const BEGIN = '<!-- figures: made by npm run bench -->';
const END = '<!-- end of the figures -->';

/** Writes the figures into docs/performance.md; what stands around them was written by hand and stays. */
export async function writeDocument(recorded: Recorded): Promise<void> {
  const charts = await chartsOf(recorded);
  await mkdir(CHARTS, { recursive: true });
  for (const { file, svg } of charts) await writeFile(new URL(file, CHARTS), svg);
  const text = await readFile(FILE, 'utf8');
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`docs/performance.md has lost "${BEGIN}"`);
  const links = new Map(
    charts.map(({ row, file, title }) => [row, `![${title}](performance/${file})`]),
  );
  const figures = renderFigures(recorded, links);
  await writeFile(FILE, `${text.slice(0, before)}${BEGIN}\n${figures}\n${text.slice(after)}`);
}

function renderFigures({ machine, rows }: Recorded, charts: ReadonlyMap<string, string>): string {
  const measured = ROWS.flatMap((row) => {
    const recorded = rows.find(({ key }) => key === row.key);
    return recorded ? [{ row, recorded }] : [];
  });
  return [
    `Measured on ${machine.join(' · ')}.`,
    '## At a glance',
    charts.get('all') ?? '',
    renderTable(
      ['row', 'held to limits', 'met', 'not met'],
      measured.map(({ row, recorded }) => overview(row, recorded)),
    ),
    ...measured.map(({ row, recorded }) => renderRow(row, recorded, charts.get(row.key))),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function overview({ title }: Row, { figures, skipped }: RecordedRow): string[] {
  const verdicts = figures.map(isMet);
  const many = (verdict: boolean) => String(verdicts.filter((met) => met === verdict).length);
  const held = verdicts.filter((met) => met !== undefined).length;
  const anchor = title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
  return [
    `[${title}](#${anchor})`,
    skipped ? 'not measured' : String(held),
    many(true),
    many(false),
  ];
}

function renderRow(row: Row, { date, figures, skipped }: RecordedRow, chart = ''): string {
  const [measured, against] = row.columns;
  const body = skipped
    ? `Not measured: ${skipped}.`
    : renderTable(['', measured, against, 'ratio', 'limit', ''], figures.map(cellsOf));
  const repeat = `${date}; again: \`npm run bench -- --only ${row.key}\``;
  return [`## ${row.title}`, row.method.replace(/\s+/g, ' '), body, chart, repeat]
    .filter(Boolean)
    .join('\n\n');
}

function cellsOf(figure: Figure): string[] {
  const { what, unit, ratio, limit, note = '' } = figure;
  const met = isMet(figure);
  const verdict = met === undefined ? note : met ? 'met' : '**not met**';
  return [
    what,
    amount(figure.measured, unit),
    amount(figure.against, unit),
    times(ratio),
    limitText(limit),
    verdict,
  ];
}

/** Numbers stand on the right: all columns but the first and the last two. */
function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, at) => (at === 0 || at > 3 ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}
