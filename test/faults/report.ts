import { readFile, writeFile } from 'node:fs/promises';
import type { Baseline, Cell, Outcome } from './cells.js';
import { FAULTS, STORES, type Store } from './faults.js';

const FILE = new URL('../../docs/reliability.md', import.meta.url);
const BEGIN = '<!-- made by npm run test:faults -->';
const TITLES: Record<Store, string> = {
  postgres: 'PostgreSQL',
  redis: 'Redis',
  mongodb: 'MongoDB',
};

/** Writes the matrix into docs/reliability.md, below the introduction that somebody wrote. */
export async function writeReport(
  baselines: ReadonlyMap<string, Baseline>,
  outcomes: ReadonlyMap<Cell, Outcome>,
): Promise<void> {
  const text = await readFile(FILE, 'utf8');
  const introduction = text.slice(0, text.indexOf(BEGIN));
  const sections = STORES.map((store) => sectionOf(store, baselines, outcomes));
  const summary = summaryOf(baselines, outcomes);
  await writeFile(FILE, `${introduction}${BEGIN}\n\n${[summary, ...sections].join('\n\n')}\n`);
}

/** What a command does before it meets the fault takes as long as without: so both figures are told. */
function summaryOf(
  baselines: ReadonlyMap<string, Baseline>,
  outcomes: ReadonlyMap<Cell, Outcome>,
): string {
  const cells = [...outcomes].map(([{ command }, { seconds }]) => {
    const own = baselines.get(command)?.seconds ?? 0;
    return { command, own, seconds, added: seconds - own };
  });
  const most = (key: 'seconds' | 'added') => cells.reduce((a, b) => (b[key] > a[key] ? b : a));
  const { command, own, seconds } = most('seconds');
  return `${cells.length} cells. The longest took ${seconds.toFixed(1)} s: \`${command}\`, which takes
${own.toFixed(1)} s with nothing at fault. The most that a fault added was ${most('added').added.toFixed(1)} s.`;
}

function sectionOf(
  store: Store,
  baselines: ReadonlyMap<string, Baseline>,
  outcomes: ReadonlyMap<Cell, Outcome>,
): string {
  const used = [...baselines].filter(([, { replied }]) => replied[store] > 0);
  const rows = used.map(([command, baseline]) => {
    const cells = FAULTS.map((fault) => {
      const found = [...outcomes].find(
        ([cell]) => cell.command === command && cell.store === store && cell.fault === fault,
      );
      return found ? short(found[1]) : '';
    });
    return [`\`${command}\``, short(baseline), ...cells];
  });
  const unused = [...baselines.keys()].filter((name) => !used.some(([other]) => other === name));
  const rest =
    unused.length > 0 ? `\n\nNot used by ${unused.map((name) => `\`${name}\``).join(', ')}.` : '';
  const header = ['command', 'none', ...FAULTS];
  const lines = [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `## ${TITLES[store]}\n\n${lines.join('\n')}${rest}`;
}

function short({ seconds, exitCode }: Outcome): string {
  return `${exitCode} · ${seconds.toFixed(1)} s`;
}
