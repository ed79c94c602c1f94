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

interface Group {
  readonly heading: string;
  /** What the group adds; none of it where that talks about all the others. */
  readonly names: readonly string[];
  readonly add: AddCommands;
}

const group = (heading: string, names: string, add: AddCommands): Group => ({
  heading,
  names: names.split(' '),
  add,
});

const COMPLETION = group('Help:', 'completion', addCompletionCommands);

const GROUPS: readonly Group[] = [
  group('Start here:', 'demo', addDemoCommands),
  group('Start here:', 'lab', addLabCommands),
  group('Servers and schema:', 'stack', addStackCommands),
  group('Servers and schema:', 'migrate schema', addSchemaCommands),
  group('Servers and schema:', 'doctor verify', addHealthCommands),
  group('Data in and out:', 'seed import export', addDataCommands),
  group(
    'People and posts:',
    'user follow unfollow followers following post comment like unlike delete thread',
    addAccountCommands,
  ),
  group('Feed:', 'feed cache search', addFeedCommands),
  group('Activity:', 'activity', addActivityCommands),
  group('Plans and indexes:', 'explain index report', addTuningCommands),
  group('Plans and indexes:', 'top', addTopCommands),
  group('Plans and indexes:', 'bench', addBenchCommands),
  { heading: 'Help:', names: [], add: addHelpCommand },
  COMPLETION,
];

/**
 * The command tree: names, arguments, options and help; no work.
 *
 * @param words of the command line, options left out: where they name a command, the tree has that one and
 *   its neighbours only, which halves the time that it takes to make
 */
export function buildProgram(runner: Runner, words: readonly string[] = []): Command {
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
  for (const { heading, add } of groupsFor(words)) {
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

/** The groups that a command line is about; all where that is not known. */
function groupsFor([first, second, ...rest]: readonly string[]): readonly Group[] {
  const completes = first === 'complete';
  // Of what is completed the last word is being typed.
  const name = completes ? rest.length > 0 && second : first;
  const found = GROUPS.filter((one) => name && one.names.includes(name));
  if (found.length === 0) return GROUPS;
  return completes ? [...new Set([...found, COMPLETION])] : found;
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
