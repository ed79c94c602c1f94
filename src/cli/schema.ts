import { type AddCommands, examples } from './group.js';

export const addSchemaCommands: AddCommands = (program, tie) => {
  const migrate = program
    .command('migrate')
    .description('create or update the schema')
    .option('--dry-run', 'print the SQL that would run, and the locks it takes; change nothing')
    .addHelpText('after', examples('socialdb migrate', 'socialdb migrate --dry-run'))
    .action(tie(() => import('../commands/migrate/apply.js')));
  migrate
    .command('status')
    .description('which migrations are applied, pending or changed since')
    .option('--exit-code', 'exit 1 when something is pending or drifted')
    .addHelpText(
      'after',
      examples('socialdb migrate status', 'socialdb migrate status --exit-code --quiet'),
    )
    .action(tie(() => import('../commands/migrate/status.js')));

  program
    .command('schema')
    .description('the schema as it is')
    .addHelpText(
      'after',
      examples('socialdb schema diagram', 'socialdb schema diagram --json | jq .tables'),
    )
    .command('diagram')
    .description('the ER diagram in Mermaid, from the live catalog')
    .addHelpText(
      'after',
      examples(
        'socialdb schema diagram > schema.mmd',
        'socialdb schema diagram --json | jq .relations',
      ),
    )
    .action(tie(() => import('../commands/schema/diagram.js')));
};
