import type { Command } from 'commander';
import { type AddCommands, examples, paged } from './group.js';
import type { Tie } from './run.js';
import { collect, integer } from './values.js';

export const addAccountCommands: AddCommands = (program, tie) => {
  addUserCommands(program, tie);
  addEdgeCommands(program, tie);
  addPostCommands(program, tie);
};

function addUserCommands(program: Command, tie: Tie): void {
  const user = program
    .command('user')
    .description('accounts: add, show, list, delete')
    .addHelpText('after', examples('socialdb user list', 'socialdb user show alice'));
  user
    .command('add <name>')
    .description('open an account; the name has 1 to 64 of a-z A-Z 0-9 _ . -')
    .requiredOption('--email <address>', 'unique without regard to case')
    .addHelpText(
      'after',
      examples(
        'socialdb user add zoe --email zoe@example.org',
        'socialdb user add yan --email yan@example.org --json | jq -r .id',
      ),
    )
    .action(tie(() => import('../commands/user/add.js')));
  user
    .command('show <user>')
    .description('one account, by name, @name or id')
    .addHelpText(
      'after',
      examples('socialdb user show alice', 'socialdb user show @alice --json | jq -r .id'),
    )
    .action(tie(() => import('../commands/user/show.js')));
  paged(user.command('list'), 50)
    .description('all accounts by name')
    .addHelpText(
      'after',
      examples(
        'socialdb user list',
        "socialdb user list --limit 1000 --json | jq -r '.users[].username'",
      ),
    )
    .action(tie(() => import('../commands/user/list.js')));
  user
    .command('delete <user>')
    .description('delete an account with its posts, comments, likes and follows')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'say what would go; change nothing')
    .addHelpText(
      'after',
      examples('socialdb user delete bob --dry-run', 'socialdb user delete bob --yes'),
    )
    .action(tie(() => import('../commands/user/delete.js')));
}

function addEdgeCommands(program: Command, tie: Tie): void {
  program
    .command('follow <user> <other>')
    .description('the first follows the second: edge, counters and event in one transaction')
    .addHelpText(
      'after',
      examples('socialdb follow alice bob', 'socialdb follow @alice @bob --json'),
    )
    .action(tie(() => import('../commands/follow.js')));
  program
    .command('unfollow <user> <other>')
    .description('takes a follow back')
    .addHelpText(
      'after',
      examples('socialdb unfollow alice bob', 'socialdb unfollow alice bob --json | jq .changed'),
    )
    .action(tie(() => import('../commands/unfollow.js')));
  paged(program.command('followers <user>'))
    .description('who follows a user, the latest first')
    .addHelpText(
      'after',
      examples('socialdb followers bob', 'socialdb followers bob --limit 100 --json'),
    )
    .action(tie(() => import('../commands/followers.js')));
  paged(program.command('following <user>'))
    .description('whom a user follows, the latest first')
    .addHelpText(
      'after',
      examples('socialdb following alice', 'socialdb following alice --limit 100 --json'),
    )
    .action(tie(() => import('../commands/following.js')));
}

function addPostCommands(program: Command, tie: Tie): void {
  program
    .command('post <user> <text>')
    .description('publish a post of up to 64 KiB; - reads the text from stdin')
    .option('--tag <tag>', 'a tag of up to 64 characters; may be given several times', collect)
    .option('--metadata <json>', 'a JSON object of up to 64 KiB')
    .addHelpText(
      'after',
      examples(
        "socialdb post alice 'Indexes are sorted copies.' --tag coding",
        'fortune | socialdb post alice - --metadata \'{"source": "fortune"}\'',
      ),
    )
    .action(tie(() => import('../commands/post.js')));
  program
    .command('comment <user> <post> <text>')
    .description('comment on a post; - reads the text from stdin')
    .addHelpText(
      'after',
      examples(
        "socialdb comment bob 0199aa11-0000-7000-8000-000000000001 'Well said.'",
        'socialdb comment bob 0199aa11-0000-7000-8000-000000000001 - < answer.txt',
      ),
    )
    .action(tie(() => import('../commands/comment.js')));
  for (const [name, description] of [
    ['like', 'like a post'],
    ['unlike', 'take a like back'],
  ] as const) {
    program
      .command(`${name} <user> <post>`)
      .description(description)
      .addHelpText(
        'after',
        examples(
          `socialdb ${name} bob 0199aa11-0000-7000-8000-000000000001`,
          `socialdb ${name} bob 0199aa11-0000-7000-8000-000000000001 --json | jq .changed`,
        ),
      )
      .action(
        name === 'like'
          ? tie(() => import('../commands/like.js'))
          : tie(() => import('../commands/unlike.js')),
      );
  }
  program
    .command('delete <post>')
    .description('delete a post with its comments and likes')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'say what would go; change nothing')
    .addHelpText(
      'after',
      examples(
        'socialdb delete 0199aa11-0000-7000-8000-000000000001 --dry-run',
        'socialdb delete 0199aa11-0000-7000-8000-000000000001 --yes',
      ),
    )
    .action(tie(() => import('../commands/delete.js')));
  program
    .command('thread <post>')
    .description('a post, its comments and its likes')
    .option('--limit <n>', 'comments and likes shown, 1 to 1000', integer(1, 1_000), 100)
    .addHelpText(
      'after',
      examples(
        'socialdb thread 0199aa11-0000-7000-8000-000000000001',
        'socialdb thread 0199aa11-0000-7000-8000-000000000001 --json | jq .likeCount',
      ),
    )
    .action(tie(() => import('../commands/thread.js')));
}
