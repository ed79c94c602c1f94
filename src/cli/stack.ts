import { type AddCommands, examples } from './group.js';

export const addStackCommands: AddCommands = (program, tie) => {
  const stack = program
    .command('stack')
    .description('servers for those who have none: PostgreSQL, Redis, MongoDB on this machine')
    .addHelpText('after', examples('socialdb stack up', 'eval "$(socialdb stack env)"'));
  stack
    .command('up')
    .description('start what does not run yet; data and passwords stay from last time')
    .addHelpText('after', examples('socialdb stack up', 'SOCIALDB_HOME=./lab socialdb stack up'))
    .action(tie(() => import('../commands/stack/up.js')));
  stack
    .command('status')
    .description('which servers run, where, in which version')
    .addHelpText('after', examples('socialdb stack status', 'socialdb stack status --json'))
    .action(tie(() => import('../commands/stack/status.js')));
  stack
    .command('down')
    .description('stop the servers; their data stays')
    .addHelpText('after', examples('socialdb stack down', 'socialdb stack down --quiet'))
    .action(tie(() => import('../commands/stack/down.js')));
  stack
    .command('destroy')
    .description('stop the servers and remove their data')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'say what would be removed; change nothing')
    .addHelpText(
      'after',
      examples('socialdb stack destroy --dry-run', 'socialdb stack destroy --yes'),
    )
    .action(tie(() => import('../commands/stack/destroy.js')));
  stack
    .command('env')
    .description('the connection settings, passwords included, as lines for a shell')
    .addHelpText(
      'after',
      examples(
        'eval "$(socialdb stack env)" && psql "$DATABASE_URL"',
        'socialdb stack env > stack.env',
      ),
    )
    .action(tie(() => import('../commands/stack/env.js')));
};
