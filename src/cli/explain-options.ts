import { type Command, Option } from 'commander';
import { collect, postCounts } from './values.js';

/** The options of a comparison without and with an index. */
export function comparing(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--compare-index [index]',
        "measure it without and with an index: a name, a definition such as 'posts(user_id, created_at DESC)', or nothing for all it stands on",
      ),
    )
    .option(
      '--technique <name>',
      'how: hypopg, catalog, lock, copy, estimate (default: the best that works here)',
    )
    .option('--allow-lock', 'let others wait while an index is built or dropped, and rolled back');
}

/** The options of those who would rather have an exit code than look. */
export function concluding(command: Command): Command {
  return command
    .option(
      '--assert <expression>',
      "exit 1 unless it holds (repeatable): '[no] NODE [on TABLE] [using INDEX]', or buffers, rows read, median or speedup with <, <=, =, >=, > and a number",
      collect,
    )
    .option('--save <file>', 'remember the plans and their buffers')
    .option('--against <file>', 'exit 1 when a plan is worse than the saved one');
}

/** The comparison on made-up networks of growing size. */
export function growing(command: Command): Command {
  return command.addOption(
    new Option(
      '--grow <sizes>',
      'compare on seeded networks of so many posts, in a scratch schema: 10k,100k,1M',
    )
      .argParser(postCounts)
      .conflicts(['compareStrategies', 'assert', 'save', 'against']),
  );
}
