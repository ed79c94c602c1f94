import type { Command } from 'commander';
import { buildProgram } from '../src/cli/program.js';

/** All that the help says of one command. */
export interface Page {
  /** `index add` */
  readonly name: string;
  readonly usage: string;
  readonly description: string;
  readonly terms: readonly (readonly [term: string, text: string])[];
  /** What the help says between options and examples. */
  readonly notes: string;
  readonly examples: readonly string[];
}

/** The help of every command, in the order of the tree; the one source of manual page and docs. */
export function cliPages(): Page[] {
  const program = buildProgram({ write() {}, remind() {}, run: () => Promise.resolve() });
  return program
    .createHelp()
    .visibleCommands(program)
    .flatMap((child) => pagesOf(child, []));
}

function pagesOf(command: Command, path: readonly string[]): Page[] {
  const here = [...path, command.name()];
  const inner = command.createHelp().visibleCommands(command);
  return [pageOf(command, here), ...inner.flatMap((child) => pagesOf(child, here))];
}

function pageOf(command: Command, path: readonly string[]): Page {
  const help = command.createHelp();
  const [notes = '', examples = ''] = afterHelp(command).split(/^Examples:\n/m);
  return {
    name: path.join(' '),
    usage: help.commandUsage(command),
    description: command.description(),
    terms: [
      ...help
        .visibleArguments(command)
        .map((one) => [help.argumentTerm(one), help.argumentDescription(one)] as const),
      ...help
        .visibleOptions(command)
        .filter(({ long }) => long !== '--help')
        .map((one) => [help.optionTerm(one), help.optionDescription(one)] as const),
    ],
    notes: notes.trim(),
    examples: examples
      .split('\n')
      .map((line) => line.replace(/^ {2}\$ /, '').trim())
      .filter(Boolean),
  };
}

function afterHelp(command: Command): string {
  let shown = '';
  command.configureOutput({
    writeOut: (text) => {
      shown += text;
    },
  });
  command.outputHelp();
  return shown.slice(command.helpInformation().length);
}
