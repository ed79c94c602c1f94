import { Argument, type Command } from 'commander';
import { type AddCommands, examples } from './group.js';
import { SHELLS, scriptFor } from './shells.js';

/** `completion SHELL` prints a script, which asks the hidden `complete` at each press of Tab. */
export const addCompletionCommands: AddCommands = (program, tie) => {
  program
    .command('completion')
    .description('a script that completes commands, options, users and indexes in your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
bash: put this into ~/.bashrc    eval "$(socialdb completion bash)"
zsh:  put this into ~/.zshrc     eval "$(socialdb completion zsh)"
fish: once                       see the second example
${examples(
  'eval "$(socialdb completion bash)"',
  'socialdb completion fish > ~/.config/fish/completions/socialdb.fish',
)}`,
    )
    .action((shell: string) => {
      program.configureOutput().writeOut?.(scriptFor(shell));
    });
  const ask = tie<[kind: 'user' | 'index', prefix: string]>(
    () => import('../commands/complete.js'),
  );
  program
    .command('complete', { hidden: true })
    .argument('[words...]', 'the command line so far, its unfinished word last')
    .allowUnknownOption()
    .action(async (words: string[], _options: unknown, command: Command) => {
      const { completing } = await import('./completing.js');
      const { kind, prefix, candidates } = completing(program, words);
      if (kind) return ask(kind, prefix, command);
      program.configureOutput().writeOut?.(candidates.map((line) => `${line}\n`).join(''));
    });
};
