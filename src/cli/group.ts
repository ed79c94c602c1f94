import type { Command } from 'commander';
import type { Tie } from './run.js';
import { integer } from './values.js';

/** Adds one group of commands to the tree. */
export type AddCommands = (program: Command, tie: Tie) => void;

/** Real examples at the end of a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/** The two options of everything that comes in pages. */
export function paged(command: Command, limit = 20): Command {
  return command
    .option('--limit <n>', 'rows on the page, 1 to 1000', integer(1, 1_000), limit)
    .option('--after <cursor>', '`next` of the page before');
}
