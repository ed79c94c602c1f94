import { type Command, Option } from 'commander';
import { comparing, concluding, growing } from './explain-options.js';
import { type AddCommands, examples } from './group.js';
import type { Tie } from './run.js';
import { collect, integer, postCounts } from './values.js';

export const addTuningCommands: AddCommands = (program, tie) => {
  const explain = program
    .command('explain')
    .description('plans, as they ran, before and after an index')
    .addHelpText(
      'after',
      examples('socialdb explain feed alice', 'socialdb explain search --tag coding'),
    );
  addExplainFeed(explain, tie);
  addExplainSearch(explain, tie);
  addExplainSql(explain, tie);
  const index = program
    .command('index')
    .description('the indexes: list, add, drop, advise')
    .addHelpText('after', examples('socialdb index list', 'socialdb index advise'));
  addIndexList(index, tie);
  addIndexAdd(index, tie);
  addIndexDrop(index, tie);
  addIndexAdvise(index, tie);
  addReport(program, tie);
};

function measured(command: Command): Command {
  return concluding(comparing(command))
    .option('--runs <n>', 'measured runs of each leg (compared: 5 or more)', integer(1, 1000))
    .option('--html <file>', 'write it as one offline page, with the plans drawn side by side');
}

function addExplainFeed(explain: Command, tie: Tie) {
  growing(
    measured(
      explain
        .command('feed')
        .description('the statement that `feed` runs')
        .argument('[user]', 'whose feed; without: the median, 95th percentile and largest reader')
        .option('--strategy <name>', 'auto, probe, heads, lateral, classic, newest (default: auto)')
        .addOption(
          new Option(
            '--compare-strategies',
            'all strategies side by side, same rows asserted',
          ).conflicts(['compareIndex', 'strategy']),
        ),
    ),
  )
    .addHelpText(
      'after',
      examples(
        'socialdb explain feed --compare-index',
        'socialdb explain feed alice --compare-strategies',
      ),
    )
    .action(tie(() => import('../commands/explain/feed.js')));
}

function addExplainSearch(explain: Command, tie: Tie) {
  measured(
    explain
      .command('search')
      .description('the statement that `search` runs')
      .requiredOption('--tag <tag>', 'a tag that the posts have (repeatable)', collect),
  )
    .addHelpText(
      'after',
      examples(
        'socialdb explain search --tag coding',
        "socialdb explain search --tag rust --assert 'no Seq Scan on posts' --assert 'buffers <= 500'",
      ),
    )
    .action(tie(() => import('../commands/explain/search.js')));
}

function addExplainSql(explain: Command, tie: Tie) {
  measured(
    explain
      .command('sql')
      .description('a statement of yours, which may only read')
      .argument('<file>', 'a file with one statement, - for standard input'),
  )
    .addHelpText(
      'after',
      examples(
        "echo 'SELECT count(*) FROM posts' | socialdb explain sql -",
        'socialdb explain sql slow.sql --compare-index idx_posts_newest',
      ),
    )
    .action(tie(() => import('../commands/explain/sql.js')));
}

function addIndexList(index: Command, tie: Tie) {
  index
    .command('list')
    .description('all indexes with size and use; those that should be there and are not')
    .addHelpText(
      'after',
      examples(
        'socialdb index list',
        'socialdb index list --json | jq ".indexes[] | select(.valid|not)"',
      ),
    )
    .action(tie(() => import('../commands/index/list.js')));
}

function addIndexAdd(index: Command, tie: Tie) {
  index
    .command('add')
    .description('build an index while others read and write')
    .argument('[index]', 'a known index (see: index list), or the name of a new one')
    .option('--on <table>', 'the table of a new one')
    .option('--columns <list>', "its columns: 'user_id, created_at DESC'")
    .option('--dry-run', 'print the statement, and the lock it takes; change nothing')
    .addHelpText(
      'after',
      examples(
        'socialdb index add idx_posts_newest',
        "socialdb index add --on comments --columns 'user_id, created_at DESC' --dry-run",
      ),
    )
    .action(tie(() => import('../commands/index/add.js')));
}

function addIndexDrop(index: Command, tie: Tie) {
  index
    .command('drop')
    .description('drop an index while others read and write; prints what brings it back')
    .argument('<index>', 'an index that enforces no rule of the data')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'print the statement, and the lock it takes; change nothing')
    .addHelpText(
      'after',
      examples(
        'socialdb index drop idx_posts_newest --dry-run',
        'socialdb index drop idx_posts_newest --yes',
      ),
    )
    .action(tie(() => import('../commands/index/drop.js')));
}

function addIndexAdvise(index: Command, tie: Tie) {
  index
    .command('advise')
    .description('which indexes to build and which to drop; builds and drops nothing')
    .addHelpText(
      'after',
      examples('socialdb index advise', 'socialdb index advise --json | jq -r ".add[].command"'),
    )
    .action(tie(() => import('../commands/index/advise.js')));
}

function addReport(program: Command, tie: Tie) {
  program
    .command('report')
    .description('the performance report of this database, measured now')
    .option(
      '--out <file>',
      'write it to a .md file (its charts beside it, as .svg) or one .html page, instead of Markdown on stdout',
    )
    .addOption(
      new Option(
        '--grow <sizes>',
        'seed networks of so many posts in a scratch schema, to show how times grow',
      )
        .argParser(postCounts)
        .default([1_000, 10_000, 100_000], '1k,10k,100k'),
    )
    .option('--no-grow', 'make nothing up: measure only what is there')
    .addHelpText(
      'after',
      examples('socialdb report --out report.html', 'socialdb report --out report.md'),
    )
    .action(tie(() => import('../commands/report.js')));
}
