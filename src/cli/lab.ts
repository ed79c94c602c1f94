import { type AddCommands, examples } from './group.js';

export const addLabCommands: AddCommands = (program, tie) => {
  program
    .command('lab [exercise]')
    .description('exercises on transactions, indexes, cursors, caches: by name or number')
    .option('--list', 'what there is; the same as no exercise')
    .option('--yes', 'run it without asking anything')
    .option(
      '--check <file>',
      'judge the SQL in this file (- reads stdin) by what it does; exit 1 when it is not right',
    )
    .addHelpText(
      'after',
      '\nEverything happens on the servers, in a schema that is dropped at the end.\n' +
        examples('socialdb lab index-scan', 'socialdb lab index-scan --check my-index.sql'),
    )
    .action(tie(() => import('../commands/lab.js')));
};
