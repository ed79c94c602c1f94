import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { AddCommands } from './group.js';
import { type Runner, tieTo } from './run.js';
import { addSchemaCommands } from './schema.js';
import { addStackCommands } from './stack.js';

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
    .helpCommand(true)
    .showSuggestionAfterError();
  const tie = tieTo(runner);
  const groups: [heading: string, add: AddCommands][] = [
    ['Servers and schema:', addStackCommands],
    ['Servers and schema:', addSchemaCommands],
  ];
  for (const [heading, add] of groups) {
    program.commandsGroup(heading);
    add(program, tie);
  }
  for (const command of withDescendants(program)) {
    command.exitOverride();
    command.configureOutput({
      writeOut: runner.write,
      // Errors are reported once, by main, in the form that --json asks for.
      writeErr: () => {},
    });
  }
  return program;
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}
