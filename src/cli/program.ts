import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addAccountCommands } from './accounts.js';
import { addActivityCommands } from './activity.js';
import { addBenchCommands } from './bench.js';
import { addCompletionCommands } from './completion.js';
import { addDataCommands } from './data.js';
import { addDemoCommands } from './demo.js';
import { addFeedCommands } from './feed.js';
import type { AddCommands } from './group.js';
import { addHealthCommands } from './health.js';
import { addHelpCommand } from './help.js';
import { addLabCommands } from './lab.js';
import { overview } from './overview.js';
import { type Runner, tieTo } from './run.js';
import { addSchemaCommands } from './schema.js';
import { addStackCommands } from './stack.js';
import { addTopCommands } from './top.js';
import { addTuningCommands } from './tuning.js';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** What the tree is made of: a heading, the commands below it, what adds them. */
const GROUPS: readonly [heading: string, names: string, add: AddCommands][] = [
  ['Start here:', 'demo', addDemoCommands],
  ['Start here:', 'lab', addLabCommands],
  ['Servers and schema:', 'stack', addStackCommands],
  ['Servers and schema:', 'migrate schema', addSchemaCommands],
  ['Servers and schema:', 'doctor verify', addHealthCommands],
  ['Data in and out:', 'seed import export', addDataCommands],
  [
    'People and posts:',
    'user follow unfollow followers following post comment like unlike delete thread',
    addAccountCommands,
  ],
  ['Feed:', 'feed cache search', addFeedCommands],
  ['Activity:', 'activity', addActivityCommands],
  ['Plans and indexes:', 'explain index report', addTuningCommands],
  ['Plans and indexes:', 'top', addTopCommands],
  ['Plans and indexes:', 'bench', addBenchCommands],
  ['Help:', 'help', addHelpCommand],
  ['Help:', 'completion', addCompletionCommands],
];

/** Those who talk about all the others. */
const ABOUT_ALL = ['help', 'completion'];

/**
 * The command tree: names, arguments, options and help; no work.
 *
 * @param first the word that names the command which is to run: where it is known, the tree has that
 *   command and its neighbours only, which halves the time that it takes to make
 */
export function buildProgram(runner: Runner, first?: string): Command {
  const program = new Command('socialdb')
    .description(
      'Drive and diagnose a social-media backend on PostgreSQL, Redis and MongoDB from a terminal.',
    )
    .version(version)
    .option('--json', 'one JSON document on stdout, errors as JSON on stderr')
    .option('--quiet', 'only data and errors')
    .option('--verbose', 'each SQL statement on stderr')
    .option('--no-color', 'no colour')
    .showSuggestionAfterError();
  program.helpInformation = () => overview(program);
  const tie = tieTo(runner);
  const wanted = GROUPS.find(
    ([, names]) => !ABOUT_ALL.includes(names) && names.split(' ').includes(first ?? ''),
  );
  for (const [heading, , add] of wanted ? [wanted] : GROUPS) {
    program.commandsGroup(heading);
    add(program, tie);
  }
  for (const command of withDescendants(program)) {
    command.exitOverride().helpCommand(false);
    command.configureOutput({
      writeOut: runner.write,
      writeErr: runner.remind,
      // Errors are reported once, by main, in the form that --json asks for.
      outputError: () => {},
    });
  }
  return program;
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

/** The command that a command line means, as far as it goes: `socialdb user add`. */
export function pathOf(program: Command, argv: readonly string[]): string {
  const words = argv.filter((word) => !word.startsWith('-'));
  let command = program;
  const path = [command.name()];
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (!next) break;
    path.push(word);
    command = next;
  }
  return path.join(' ');
}
