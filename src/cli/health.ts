import { type AddCommands, examples } from './group.js';
import { collect } from './values.js';

export const addHealthCommands: AddCommands = (program, tie) => {
  program
    .command('doctor')
    .description('what is wrong with the servers, the schema and the backlog, and what mends it')
    .option(
      '--only <name>',
      'a check or a group: postgresql, schema, activity, redis, mongodb (repeatable)',
      collect,
    )
    .option('--skip <name>', 'all but this check or group (repeatable)', collect)
    .addHelpText(
      'after',
      '\nChanges nothing. Exit 1 when a check fails, 3 when PostgreSQL cannot be reached.\n' +
        examples(
          'socialdb doctor',
          'socialdb doctor --json | jq -r \'.checks[] | select(.status != "ok") | .fix\'',
        ),
    )
    .action(tie(() => import('../commands/doctor.js')));
};
