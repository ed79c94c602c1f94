import type { Command } from 'commander';
import { type AddCommands, examples, paged } from './group.js';
import type { Tie } from './run.js';
import { collect, integer } from './values.js';

export const addFeedCommands: AddCommands = (program, tie) => {
  paged(program.command('feed <user>'))
    .description("the home feed: the followees' posts, newest first, in stable pages")
    .option(
      '--strategy <name>',
      'how it is computed: auto, probe, heads, lateral, classic or newest; naming one leaves the cache aside',
      'auto',
    )
    .option('--no-cache', 'compute it, and leave the cache as it is')
    .option(
      '--since <cursor>',
      '`since` of an earlier page: only what is newer, the oldest of it first',
    )
    .option('--watch', 'stay, and show new posts as they come; Ctrl-C ends')
    .option('--why <post>', 'say why a post is, or is not, in this feed')
    .addHelpText(
      'after',
      examples(
        'socialdb feed alice',
        "socialdb feed alice --limit 5 --json | jq -r '.posts[].content'",
      ),
    )
    .action(tie(() => import('../commands/feed/read.js')));
  addCacheCommands(program, tie);
  paged(program.command('search'))
    .description('posts by what their metadata contain, newest first')
    .option('--tag <tag>', 'has this tag; may be given several times', collect)
    .option('--where <json>', 'metadata contain this JSON object')
    .addHelpText(
      'after',
      examples('socialdb search --tag coding', 'socialdb search --where \'{"kind": "question"}\''),
    )
    .action(tie(() => import('../commands/search.js')));
};

function addCacheCommands(program: Command, tie: Tie): void {
  const cache = program
    .command('cache')
    .description('look into the timeline cache in Redis')
    .addHelpText('after', examples('socialdb cache stats', 'socialdb cache show alice'));
  cache
    .command('stats')
    .description('hits, misses by reason, keys and memory')
    .addHelpText(
      'after',
      examples('socialdb cache stats', 'socialdb cache stats --json | jq .hitRatio'),
    )
    .action(tie(() => import('../commands/cache/stats.js')));
  cache
    .command('show <user>')
    .description("one reader's timeline, and which of its versions have changed")
    .addHelpText(
      'after',
      examples('socialdb cache show alice', 'socialdb cache show alice --json | jq .valid'),
    )
    .action(tie(() => import('../commands/cache/show.js')));
  cache
    .command('warm')
    .description('fill the timelines of the most active readers: those who wrote most of late')
    .option('--readers <n>', 'how many, 1 to 100000', integer(1, 100_000), 1_000)
    .addHelpText(
      'after',
      examples('socialdb cache warm', 'socialdb cache warm --readers 50 --json'),
    )
    .action(tie(() => import('../commands/cache/warm.js')));
  cache
    .command('clear [user]')
    .description("drop one reader's timeline, or all that is cached of this database")
    .addHelpText('after', examples('socialdb cache clear alice', 'socialdb cache clear'))
    .action(tie(() => import('../commands/cache/clear.js')));
  cache
    .command('verify')
    .description('compare cached pages with the database; exit 1 when one would be served stale')
    .option('--sample <n>', 'timelines to look at; all without it', integer(1, 1_000_000_000))
    .option('--repair', 'make the stale ones invalid')
    .addHelpText(
      'after',
      examples('socialdb cache verify --sample 100', 'socialdb cache verify --repair --json'),
    )
    .action(tie(() => import('../commands/cache/verify.js')));
}
