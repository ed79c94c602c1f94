import { type Command, InvalidArgumentError, Option } from 'commander';
import { EVENT_TYPES, type EventType } from '../activity/event.js';
import { PEAK_SCORE } from '../activity/peaks.js';
import { durationOf, sinceOf } from '../activity/since.js';
import { BUCKETS } from '../activity/store.js';
import { type AddCommands, examples } from './group.js';
import { integer } from './values.js';

const MOST_LINES = 100_000;

export const addActivityCommands: AddCommands = (program, tie) => {
  const activity = program
    .command('activity')
    .description('the stream of what happened, in MongoDB (in PostgreSQL where there is none)')
    .addHelpText(
      'after',
      examples('socialdb activity tail -n 5', 'socialdb activity stats --by day'),
    );

  filtered(activity.command('tail'))
    .description('the newest events, oldest first')
    .option(
      '-n, --lines <count>',
      'how many (default: 20, all with --since)',
      integer(0, MOST_LINES),
    )
    .option('-f, --follow', 'go on with each event as it arrives, until Ctrl-C')
    .addHelpText(
      'after',
      examples('socialdb activity tail --follow', 'socialdb activity tail --user alice --since 2h'),
    )
    .action(tie(() => import('../commands/activity/tail.js')));

  filtered(activity.command('stats'))
    .description('counts by time and type, with the peaks marked')
    .addOption(
      new Option('--by <bucket>', 'the bucket (default: what suits the stretch)').choices(BUCKETS),
    )
    .option('--csv', 'a line for each bucket, for spreadsheets')
    .addHelpText(
      'after',
      `\nA peak's modified z-score, 0.6745 (x - median) / MAD, is ${PEAK_SCORE} or more.` +
        '\nMAD is the median distance from the median; empty buckets count as 0.\n' +
        examples(
          'socialdb activity stats --by hour --since 2d',
          'socialdb activity stats --type posted',
        ),
    )
    .action(tie(() => import('../commands/activity/stats.js')));

  activity
    .command('relay')
    .description('carry what waits in the outbox to the activity store')
    .option('--watch', 'go on until told to stop, with a line of status a minute')
    .option('--retry', 'try again what the store refused and was set aside')
    .addHelpText('after', examples('socialdb activity relay', 'socialdb activity relay --watch'))
    .action(tie(() => import('../commands/activity/relay.js')));

  activity
    .command('verify')
    .description('compare the stream with the tables: each row has its event, each event its row')
    .option('--repair', 'write what is missing, remove what is told twice')
    .addHelpText(
      'after',
      `
An event that waits in the outbox is not missing. An event whose row is gone is
fine where an unfollow, an unlike or a deletion tells of it; where none does,
--repair writes one, dated now. An event whose id does not follow from what it
tells is a double, which --repair removes. Writers go on meanwhile. Exit 1 when
something is wrong that was not repaired.
${examples('socialdb activity verify', 'socialdb activity verify --repair --json')}`,
    )
    .action(tie(() => import('../commands/activity/verify.js')));

  activity
    .command('ttl')
    .description('how long events are kept, counted from when they happened (default: for ever)')
    .argument('[time]', '12h, 90d, 52w, or off; without it, shows what is set', ttl)
    .option('--dry-run', 'only tell how many events would go')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
It is a setting of the store, the same for all who use it. MongoDB takes expired
events away by itself, once a minute; in PostgreSQL each activity relay does.
${examples('socialdb activity ttl 90d --dry-run', 'socialdb activity ttl off')}`,
    )
    .action(tie(() => import('../commands/activity/ttl.js')));

  activity
    .command('copy')
    .description('bring the events kept in PostgreSQL over, once there is a MongoDB')
    .addOption(
      new Option('--to <store>', 'where they go').choices(['mongodb']).makeOptionMandatory(),
    )
    .option('--remove', 'take out of PostgreSQL what MongoDB has')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `
Where MONGODB_URL is set the stream is in MongoDB, and what PostgreSQL kept
before is read no more. So: set MONGODB_URL, for running relays too, then copy.
Events are known by their ids: a copy may be interrupted and done again.
${examples('socialdb activity copy --to mongodb', 'socialdb activity copy --to mongodb --remove --yes')}`,
    )
    .action(tie(() => import('../commands/activity/copy.js')));
};

/** The options that choose events. */
function filtered(command: Command): Command {
  return command
    .option('--user <user>', 'what this user did')
    .addOption(
      new Option(
        '--type <type>',
        `one kind only, may be repeated: ${EVENT_TYPES.join(', ')}`,
      ).argParser(eventTypes),
    )
    .option(
      '--since <when>',
      '45s, 30m, 2h, 3d, 1w ago, or a time such as 2026-11-23T15:09',
      since,
    );
}

function eventTypes(text: string, before: readonly EventType[] = []): EventType[] {
  const type = EVENT_TYPES.find((known) => known === text);
  if (type) return [...before, type];
  throw new InvalidArgumentError(`It must be one of ${EVENT_TYPES.join(', ')}.`);
}

/** What MongoDB takes at most, 2^31 - 1 seconds; below a minute its thread could not keep up. */
const [SHORTEST_TTL_MS, LONGEST_TTL_MS] = [60_000, 2_147_483_647_000];

function ttl(text: string): number | 'off' {
  if (text === 'off') return text;
  const ms = durationOf(text);
  if (ms !== undefined && ms >= SHORTEST_TTL_MS && ms <= LONGEST_TTL_MS) return ms;
  throw new InvalidArgumentError('It must be off, or like 12h, 90d, 52w: from 1m to 3550w.');
}

function since(text: string): string {
  const time = sinceOf(text, Date.now());
  if (time) return time;
  throw new InvalidArgumentError('It must be like 30m, 2h, 3d, or an ISO 8601 time.');
}
