import { type AddCommands, examples } from './group.js';

export const addDemoCommands: AddCommands = (program, tie) => {
  program
    .command('demo')
    .description(
      'a guided tour on servers of its own; on Debian, root may get redis-server installed',
    )
    .addHelpText('after', examples('socialdb demo', 'SOCIALDB_HOME=./lab socialdb demo'))
    .action(tie(() => import('../commands/demo.js')));
};
