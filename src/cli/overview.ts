import type { Command } from 'commander';

/** What stands on one line of the first page: what it is about, its commands, what each is for. */
type Row = readonly [purpose: string, texts: Readonly<Record<string, string>>];

const ROWS: readonly Row[] = [
  ['start', { demo: 'a guided tour', lab: 'exercises that ask' }],
  ['', { stack: 'servers of your own', migrate: 'tables', schema: 'diagram' }],
  ['', { seed: 'a made-up network', import: 'real data', export: 'all out' }],
  ['people', { user: 'accounts', follow: 'edge and counters at once', unfollow: '' }],
  ['', { followers: 'who follows whom, the latest first', following: '' }],
  ['posts', { post: 'write', comment: 'answer', delete: 'take back' }],
  ['', { thread: 'all that was said', like: 'one like each', unlike: '' }],
  ['feed', { feed: 'newest first, stable pages', search: 'by tag' }],
  ['', { cache: 'the timelines in Redis, and their proof' }],
  ['activity', { activity: 'what happened', top: 'all stores at a glance' }],
  ['plans', { explain: 'with and without an index', index: 'advice' }],
  ['', { report: 'measured now', bench: 'load, latencies' }],
  ['health', { doctor: 'what is wrong', verify: 'are the counts right' }],
  ['help', { help: 'a command, a topic', completion: 'for your shell' }],
];

const PURPOSE_WIDTH = 10;
const NAMES_WIDTH = 25;

/** The first page of the help, short enough for a terminal of 80 by 24. */
export function overview(program: Command): string {
  const known = new Set(program.commands.map((command) => command.name()));
  const rows = ROWS.flatMap(([purpose, texts]) => {
    const there = Object.keys(texts).filter((name) => known.delete(name));
    const text = there
      .map((name) => texts[name])
      .filter(Boolean)
      .join('; ');
    return there.length > 0 ? [line(purpose, there.join(', '), text)] : [];
  });
  // A command that nobody has given a place is better shown than forgotten.
  const others = program.commands
    .filter((command) => known.has(command.name()) && !isHidden(command))
    .map((command) => line('', command.name(), command.summary() || command.description()));
  return [
    'socialdb drives and diagnoses a social backend on PostgreSQL, Redis and MongoDB.',
    '',
    ...rows,
    ...others,
    '',
    'With every command: --json, --quiet, --verbose, --no-color.',
    'Each help ends with examples: socialdb feed --help',
    'Topics: socialdb help errors, help environment, help input, help plans',
    '',
  ].join('\n');
}

function line(purpose: string, names: string, text: string): string {
  return `  ${purpose.padEnd(PURPOSE_WIDTH)}${names.padEnd(NAMES_WIDTH)}${text}`.trimEnd();
}

function isHidden(command: Command): boolean {
  return command.parent?.createHelp().visibleCommands(command.parent).includes(command) === false;
}
