import { Option } from 'commander';
import { CHECKS } from '../verify/names.js';
import { type AddCommands, examples } from './group.js';

export const addHealthCommands: AddCommands = (program, tie) => {
  program
    .command('doctor')
    .description('what is wrong with the servers, the schema and the backlog, and what mends it')
    .option('--only <name...>', 'checks or groups: postgresql, schema, activity, redis, mongodb')
    .option('--skip <name...>', 'all but these checks or groups')
    .addHelpText(
      'after',
      '\nChanges nothing. Exit 1 when a check fails, 3 when PostgreSQL cannot be reached.\n' +
        examples(
          'socialdb doctor',
          'socialdb doctor --json | jq -r \'.checks[] | select(.status != "ok") | .fix\'',
        ),
    )
    .action(tie(() => import('../commands/doctor.js')));

  program
    .command('verify')
    .description('compare counters, events and cached pages with the source of truth')
    .option(
      '--repair',
      'make right what is wrong, while others write; rows that refer to nothing are deleted',
    )
    .addOption(new Option('--only <name...>', 'these checks; all without it').choices(CHECKS))
    .addHelpText(
      'after',
      '\nReads only, unless told to repair; locks nobody out. Exit 1 when something wrong\n' +
        'is left, 3 when a store could not be asked. --json lists up to 1,000 rows of\n' +
        'each check, those that were deleted whole.\n' +
        examples('socialdb verify', 'socialdb verify --repair --only orphans follow-counters'),
    )
    .action(tie(() => import('../commands/verify.js')));
};
