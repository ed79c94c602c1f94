import { TOPICS } from '../src/cli/topics.js';
import type { Page } from './cli-pages.js';

/** docs/cli.md: every command with its options and examples. */
export function markdownOf(pages: readonly Page[]): string {
  const contents = pages.map(({ name }) => `[${name}](#socialdb-${name.replaceAll(' ', '-')})`);
  return [
    '# The command line',
    '',
    '<!-- made by npm run docs from the help of the commands -->',
    '',
    'What holds for every command: `--json` prints one JSON document on stdout and errors as JSON on',
    'stderr; `--quiet` prints only data and errors; `--verbose` prints each SQL statement on stderr;',
    '`--no-color` prints no colour.',
    '',
    contents.join(' · '),
    '',
    ...pages.flatMap(sectionOf),
    ...Object.values(TOPICS).flatMap(({ title, entries, notes }) => [
      `## ${title}`,
      '',
      ...tableOf(entries),
      ...notes.flatMap((note) => [escaped(note), '']),
    ]),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function sectionOf({ name, usage, description, terms, notes, examples }: Page): string[] {
  return [
    `## socialdb ${name}`,
    '',
    `    ${usage}`,
    '',
    `${escaped(sentence(description))}`,
    '',
    ...tableOf(terms),
    ...(notes ? ['```text', notes, '```', ''] : []),
    ...(examples.length ? ['```sh', ...examples, '```', ''] : []),
  ];
}

function tableOf(entries: readonly (readonly [string, string])[]): string[] {
  if (entries.length === 0) return [];
  const rows = entries.map(
    ([term, text]) => `| \`${term}\` | ${escaped(text).replaceAll('|', '\\|')} |`,
  );
  return ['| | |', '|---|---|', ...rows, ''];
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Text outside of code spans that nothing in Markdown takes for markup. */
function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replace(/[\\*_<>[\]#]/g, '\\$&')))
    .join('');
}
