import { type Command, Option } from 'commander';

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
