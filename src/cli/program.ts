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

/** The whole command tree: names, arguments, options and help; no work. */
export function buildProgram(runner: Runner): Command {
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
  const groups: [heading: string, add: AddCommands][] = [
    ['Start here:', addDemoCommands],
    ['Start here:', addLabCommands],
    ['Servers and schema:', addStackCommands],
    ['Servers and schema:', addSchemaCommands],
    ['Servers and schema:', addHealthCommands],
    ['Data in and out:', addDataCommands],
    ['People and posts:', addAccountCommands],
    ['Feed:', addFeedCommands],
    ['Activity:', addActivityCommands],
    ['Plans and indexes:', addTuningCommands],
    ['Plans and indexes:', addTopCommands],
    ['Plans and indexes:', addBenchCommands],
    ['Help:', addHelpCommand],
    ['Help:', addCompletionCommands],
  ];
  for (const [heading, add] of groups) {
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
