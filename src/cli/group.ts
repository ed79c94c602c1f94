import type { Command } from 'commander';
import type { Tie } from './run.js';

/** Adds one group of commands to the tree. */
export type AddCommands = (program: Command, tie: Tie) => void;

/** Real examples at the end of a command's help. */
export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
