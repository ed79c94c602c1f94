import { type AddCommands, examples } from './group.js';
import { integer } from './values.js';

const rows = integer(0, 1_000_000_000);

export const addDataCommands: AddCommands = (program, tie) => {
  program
    .command('seed')
    .description('fill an empty database with a made-up social network')
    .summary('fill an empty database with a made-up network')
    .option('--users <n>', 'users (default: 2000)', rows)
    .option('--posts <n>', 'posts (default: 25 per user)', rows)
    .option('--follows <n>', 'follows (default: 30 per user)', rows)
    .option('--comments <n>', 'comments (default: one per 2 posts)', rows)
    .option('--likes <n>', 'likes (default: 3 per 2 posts)', rows)
    .option('--seed <text>', 'the same seed makes the same rows, on every machine', '1')
    .option('--until <time>', 'when the data ends: a day, a time in UTC, or now', '2026-11-01')
    .option('--append', 'add to what is there; rows that are there already stay')
    .addHelpText(
      'after',
      `
A few have most of the followers, a few follow most; posts come in bursts and
carry tags, "coding" the most frequent. The first users are alice, bob, carol,
dave, erin, frank, grace and heidi.
${examples('socialdb seed', 'socialdb seed --users 20000 --follows 600000 --until now')}`,
    )
    .action(tie(() => import('../commands/seed.js')));

  const imports = program
    .command('import')
    .description('bring in real data: all of a source or, on any error, nothing of it')
    .summary('bring in a Stack Exchange dump, a graph, or an export')
    .addHelpText(
      'after',
      examples(
        'socialdb import edges facebook.txt.gz --undirected',
        'socialdb import jsonl backup',
      ),
    );
  imports
    .command('stackexchange')
    .description('a Stack Exchange dump: Users, Posts, Comments and Votes')
    .argument('<dir>', 'the folder with the four files, each .xml or .xml.gz')
    .option('--site <name>', "what the ids are made from (default: the folder's name)")
    .addHelpText(
      'after',
      `
Questions and answers become posts, with kind, title, tags, score and the
question's id (parentId) in their metadata; votes that name their voter
(bookmarks, bounties) become likes; whoever answered or commented follows the
author from then on. Wikis, texts beyond 64 KiB, and what has lost its user or
post, are counted and left out. NUL characters are dropped.
${examples(
  'socialdb import stackexchange quantumcomputing.stackexchange.com',
  'socialdb import stackexchange ./dump --site quantum --json',
)}`,
    )
    .action(tie(() => import('../commands/import/stackexchange.js')));
  imports
    .command('edges')
    .description('an edge list: the first node of a line follows the second')
    .argument('<file>', 'two columns separated by spaces, a tab or a comma; .gz is unpacked')
    .option('--undirected', 'both follow each other')
    .option('--graph <name>', "what the ids are made from (default: the file's name)")
    .addHelpText(
      'after',
      `
Each node becomes a user of its name. Lines that begin with # or % are comments,
a header line is recognised, further columns are left alone; self-loops and
repeated edges are counted and left out.
${examples(
  'socialdb import edges facebook_combined.txt.gz --undirected',
  'socialdb import edges slashdot.csv --graph slashdot',
)}`,
    )
    .action(tie(() => import('../commands/import/edges.js')));
  imports
    .command('jsonl')
    .description('what `socialdb export jsonl` wrote: gives the same database back')
    .argument('<dir>', 'the folder of the export')
    .addHelpText(
      'after',
      examples('socialdb import jsonl backup', 'socialdb import jsonl backup --json | jq .reasons'),
    )
    .action(tie(() => import('../commands/import/jsonl.js')));

  const exports = program
    .command('export')
    .description('write all data out')
    .addHelpText(
      'after',
      examples('socialdb export jsonl backup', 'socialdb export jsonl backup --json'),
    );
  exports
    .command('jsonl')
    .description('one file per table, one JSON object per line, and a manifest with their lengths')
    .argument('<dir>', 'a new or empty folder')
    .addHelpText(
      'after',
      `
All tables are of one moment. Numbers and microseconds are exact. Events and
cached timelines are not in it: they follow from the tables.
${examples('socialdb export jsonl backup', 'socialdb export jsonl "backup-$(date +%F)" --json')}`,
    )
    .action(tie(() => import('../commands/export/jsonl.js')));
};
