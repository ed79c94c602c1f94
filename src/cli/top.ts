import { type AddCommands, examples } from './group.js';
import { integer } from './values.js';

export const addTopCommands: AddCommands = (program, tie) => {
  program
    .command('top')
    .description(
      'a live screen: requests, cache, slow statements, locks, indexes, outbox, activity',
    )
    .option('--interval <seconds>', 'between two looks, 1 to 3600', integer(1, 3_600), 2)
    .option('--once', 'one snapshot, over two seconds; so it is where stdout is no terminal')
    .addHelpText(
      'after',
      '\nKeys: q quit, p pause, s and 1 2 3 sort statements, i sort indexes, ? help.' +
        '\nWith --json: one object a look, until Ctrl-C; with --once one alone.\n' +
        examples('socialdb top', "socialdb top --json | jq '.locks.data'"),
    )
    .action(tie(() => import('../commands/top.js')));
};
