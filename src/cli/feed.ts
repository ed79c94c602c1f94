import { type AddCommands, examples, paged } from './group.js';
import { collect } from './values.js';

export const addFeedCommands: AddCommands = (program, tie) => {
  paged(program.command('feed <user>'))
    .description("the home feed: the followees' posts, newest first, in stable pages")
    .option(
      '--strategy <name>',
      'how it is computed: auto, probe, heads, lateral, classic or newest; naming one leaves the cache aside',
      'auto',
    )
    .option('--no-cache', 'compute it, and leave the cache as it is')
    .addHelpText(
      'after',
      examples(
        'socialdb feed alice',
        "socialdb feed alice --limit 5 --json | jq -r '.posts[].content'",
      ),
    )
    .action(tie(() => import('../commands/feed.js')));
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
